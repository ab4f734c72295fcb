//! Draws a graph that has been laid out. The picture is one file without outside help: it follows the reader's light or
//! dark mode, names itself to screen readers, and shows cut names in full when pointed at.

use super::graph::{EdgeKind, Graph, Node, NodeKind};
use super::graph_layout::{Layout, Point, Size};
use std::fmt::Write;

const MARGIN: f64 = 32.0;
const HEADER: f64 = 58.0;
const LEGEND: f64 = 56.0;
const LONGEST_NAME: usize = 34;

/// The look: first for light paper, then what differs on dark.
const STYLE: &str = "
    text { font: 13px ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; fill: #0f172a }
    .paper { fill: #ffffff }
    .title { font-size: 17px; font-weight: 600 }
    .small { font-size: 11px; fill: #64748b }
    .name { font-weight: 600 }
    .box { stroke-width: 1.4 }
    .module { fill: #eff6ff; stroke: #3b82f6 }
    .provided { fill: #f0fdf4; stroke: #86c99a }
    .published { fill: #dcfce7; stroke: #16a34a; stroke-width: 2 }
    .resource { fill: #fffbeb; stroke: #e0a030 }
    .entry { fill: #fdf4ff; stroke: #c026d3; stroke-dasharray: 5 3 }
    .edge { fill: none; stroke-width: 1.4 }
    .requires { stroke: #64748b }
    .by { stroke: #86c99a; stroke-dasharray: 1.5 3.5; stroke-linecap: round; stroke-width: 1.8 }
    .after { stroke: #e8590c; stroke-dasharray: 6 4 }
    .head-requires { fill: #64748b } .head-after { fill: #e8590c }
    .badge { fill: #3b82f6 } .number { font-size: 10px; font-weight: 700; fill: #ffffff }
    .node:hover .box { stroke-width: 2.6 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e2e8f0 } .paper { fill: #0f172a } .small { fill: #94a3b8 } .number { fill: #0f172a }
      .module { fill: #172554; stroke: #60a5fa } .badge { fill: #93c5fd }
      .provided { fill: #0b2a1c; stroke: #3f8f5f } .published { fill: #14532d; stroke: #4ade80 }
      .resource { fill: #3a2a08; stroke: #fbbf24 } .entry { fill: #3b0a45; stroke: #e879f9 }
      .requires { stroke: #94a3b8 } .head-requires { fill: #94a3b8 } .by { stroke: #3f8f5f }
      .after { stroke: #fb923c } .head-after { fill: #fb923c }
    }
";

/// How large a node's box must be.
pub fn size(node: &Node) -> Size {
    let name = text_width(&shortened(&node.name), 13.0) * 1.1;
    let detail = text_width(&shortened(&node.detail), 11.0);
    match node.kind {
        NodeKind::Provided | NodeKind::Published => Size { width: name + 34.0, height: 28.0 },
        NodeKind::Module | NodeKind::Resource | NodeKind::Entry => Size {
            width: (name.max(detail) + 32.0).max(96.0),
            height: if node.detail.is_empty() { 36.0 } else { 48.0 },
        },
    }
}

/// The finished picture.
pub fn draw(graph: &Graph, layout: &Layout) -> String {
    let legend = Legend::of(graph);
    let width = layout.width.max(legend.width).max(text_width(&graph.title, 17.0) * 1.1) + 2.0 * MARGIN;
    let height = HEADER + layout.height + LEGEND + MARGIN;
    let shift = Point { x: (width - layout.width) / 2.0, y: HEADER + MARGIN / 2.0 };
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"{label}\">\n  <title>{label}</title>\n  <style>{STYLE}  </style>\n",
        label = escaped(&format!("Dependencies of {}", graph.title)),
    );
    out.push_str("  <defs>\n");
    for kind in ["requires", "after"] {
        line(
            &mut out,
            format_args!(
                "    <marker id=\"{kind}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" \
             orient=\"auto-start-reverse\"><path class=\"head-{kind}\" d=\"M 0 1 L 10 5 L 0 9 z\"/></marker>"
            ),
        );
    }
    out.push_str("  </defs>\n");
    line(&mut out, format_args!("  <rect class=\"paper\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"12\"/>"));
    line(&mut out, format_args!("  <text class=\"title\" x=\"{MARGIN}\" y=\"34\">{}</text>", escaped(&graph.title)));
    line(&mut out, format_args!("  <text class=\"small\" x=\"{MARGIN}\" y=\"52\">{}</text>", escaped(&summary(graph))));
    for (edge, route) in graph.edges.iter().zip(&layout.routes) {
        draw_edge(&mut out, edge.kind, &curve(route, shift));
    }
    for (node, place) in graph.nodes.iter().zip(&layout.places) {
        draw_node(&mut out, node, Point { x: place.x + shift.x, y: place.y + shift.y });
    }
    legend.draw(&mut out, height - MARGIN);
    out.push_str("</svg>\n");
    out
}

fn summary(graph: &Graph) -> String {
    let count = |kinds: &[NodeKind]| graph.nodes.iter().filter(|node| kinds.contains(&node.kind)).count();
    let counted = [
        (count(&[NodeKind::Module]), "module", "modules"),
        (count(&[NodeKind::Provided, NodeKind::Published]), "provided set", "provided sets"),
        (count(&[NodeKind::Resource]), "resource", "resources"),
        (count(&[NodeKind::Entry]), "configuration resource", "configuration resources"),
    ];
    let parts: Vec<String> = counted
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| format!("{number} {}", if number == 1 { one } else { many }))
        .collect();
    parts.join(", ")
}

fn draw_edge(out: &mut String, kind: EdgeKind, path: &str) {
    let (class, marker) = match kind {
        EdgeKind::Requires => ("requires", " marker-end=\"url(#requires)\""),
        EdgeKind::ProvidedBy => ("by", ""),
        EdgeKind::After => ("after", " marker-end=\"url(#after)\""),
    };
    line(out, format_args!("  <path class=\"edge {class}\" d=\"{path}\"{marker}/>"));
}

/// A smooth way through the points: level where it leaves, passes and arrives.
fn curve(route: &[Point], shift: Point) -> String {
    let mut path = String::new();
    for (at, point) in route.iter().enumerate() {
        let (x, y) = (point.x + shift.x, point.y + shift.y);
        let text = match at.checked_sub(1).map(|before| route[before]) {
            None => format!("M {x:.1} {y:.1}"),
            Some(before) => {
                let (fx, fy) = (before.x + shift.x, before.y + shift.y);
                let bend = (x - fx) * 0.45;
                format!(" C {:.1} {fy:.1}, {:.1} {y:.1}, {x:.1} {y:.1}", fx + bend, x - bend)
            }
        };
        path.push_str(&text);
    }
    path
}

fn draw_node(out: &mut String, node: &Node, at: Point) {
    let Size { width, height } = size(node);
    let (left, top) = (at.x - width / 2.0, at.y - height / 2.0);
    let what = if node.detail.is_empty() { String::new() } else { format!(" ({})", node.detail) };
    let title = escaped(&format!("{} {}{what}", node.kind.word(), node.name));
    line(out, format_args!("  <g class=\"node\"><title>{title}</title>"));
    draw_box(out, node.kind, left, top, Size { width, height });
    let x = at.x;
    let name = escaped(&shortened(&node.name));
    // A cylinder's lid takes room at the top.
    let middle = if node.kind == NodeKind::Resource { at.y + 3.5 } else { at.y };
    let base = if node.detail.is_empty() { middle + 4.5 } else { middle - 2.0 };
    let weight = match node.kind {
        NodeKind::Provided | NodeKind::Published => "",
        NodeKind::Module | NodeKind::Resource | NodeKind::Entry => " class=\"name\"",
    };
    line(out, format_args!("    <text{weight} x=\"{x:.1}\" y=\"{base:.1}\" text-anchor=\"middle\">{name}</text>"));
    if !node.detail.is_empty() {
        let (y, detail) = (middle + 14.0, escaped(&shortened(&node.detail)));
        line(
            out,
            format_args!("    <text class=\"small\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{detail}</text>"),
        );
    }
    if let Some(order) = node.order {
        let width = 12.0 + 6.0 * order.to_string().len() as f64;
        let (x, y) = (left - 5.0, top - 7.0);
        line(
            out,
            format_args!(
                "    <rect class=\"badge\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width}\" height=\"16\" rx=\"8\"/>\
             <text class=\"number\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{order}</text>",
                x + width / 2.0,
                y + 11.5
            ),
        );
    }
    out.push_str("  </g>\n");
}

/// The shape of a kind: boxes for what runs, pills for sets, cylinders for what stores, dashed boxes for what is elsewhere.
fn draw_box(out: &mut String, kind: NodeKind, left: f64, top: f64, Size { width, height }: Size) {
    let class = class(kind);
    if kind == NodeKind::Resource {
        let (right, bottom, rim) = (left + width, top + height, 4.5);
        let half = width / 2.0;
        let (upper, lower) = (top + rim, bottom - rim);
        return line(
            out,
            format_args!(
                "    <path class=\"box {class}\" d=\"M {left:.1} {upper:.1} A {half:.1} {rim} 0 0 1 {right:.1} {upper:.1} \
             L {right:.1} {lower:.1} A {half:.1} {rim} 0 0 1 {left:.1} {lower:.1} Z \
             M {left:.1} {upper:.1} A {half:.1} {rim} 0 0 0 {right:.1} {upper:.1}\"/>"
            ),
        );
    }
    let radius = match kind {
        NodeKind::Provided | NodeKind::Published => height / 2.0,
        NodeKind::Module | NodeKind::Entry | NodeKind::Resource => 9.0,
    };
    line(
        out,
        format_args!(
            "    <rect class=\"box {class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.1}\"/>"
        ),
    );
}

fn class(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Module => "module",
        NodeKind::Provided => "provided",
        NodeKind::Published => "published",
        NodeKind::Resource => "resource",
        NodeKind::Entry => "entry",
    }
}

/// What the shapes and lines that occur mean.
struct Legend {
    nodes: Vec<NodeKind>,
    edges: Vec<EdgeKind>,
    width: f64,
}

/// Room for a sample of a shape or a line, and for the space behind a word.
const SAMPLE: f64 = 26.0;
const SPACE: f64 = 22.0;

impl Legend {
    fn of(graph: &Graph) -> Legend {
        let mut nodes: Vec<NodeKind> = graph.nodes.iter().map(|node| node.kind).collect();
        nodes.sort_unstable();
        nodes.dedup();
        let mut edges: Vec<EdgeKind> = graph.edges.iter().map(|edge| edge.kind).collect();
        edges.sort_unstable();
        edges.dedup();
        let words = nodes.iter().map(|kind| kind.word()).chain(edges.iter().map(|kind| kind.word()));
        let width = words.map(|word| SAMPLE + 6.0 + text_width(word, 11.0) + SPACE).sum();
        Legend { nodes, edges, width }
    }

    fn draw(&self, out: &mut String, y: f64) {
        let mut x = MARGIN;
        let word = |out: &mut String, x: &mut f64, word: &str| {
            *x += SAMPLE + 6.0;
            line(out, format_args!("  <text class=\"small\" x=\"{x:.1}\" y=\"{:.1}\">{word}</text>", y + 4.0));
            *x += text_width(word, 11.0) + SPACE;
        };
        for kind in &self.nodes {
            draw_box(out, *kind, x, y - 8.0, Size { width: SAMPLE, height: 16.0 });
            word(out, &mut x, kind.word());
        }
        for kind in &self.edges {
            draw_edge(out, *kind, &format!("M {x:.1} {y:.1} L {:.1} {y:.1}", x + SAMPLE));
            word(out, &mut x, kind.word());
        }
    }
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_NAME {
        return text.to_owned();
    }
    let head: String = text.chars().take(LONGEST_NAME - 1).collect();
    head + "…"
}

/// About how wide a text is in a common sans-serif font; boxes leave room for the difference.
fn text_width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' => 0.30,
            'f' | 't' | 'r' | '-' | '(' | ')' | '/' | ' ' => 0.38,
            'm' | 'w' | 'M' | 'W' | '@' => 0.90,
            'A'..='Z' => 0.69,
            c if c.is_ascii() => 0.57,
            c if (c as u32) < 0x1100 => 0.62,
            _ => 1.0,
        })
        .sum();
    ems * size
}

/// Text for XML; characters that XML cannot hold are replaced.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
