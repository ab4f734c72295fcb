//! What depends on what in a descriptor, as a graph for Graphviz, Mermaid, programs, and eyes.

use super::{graph_layout, graph_svg};
use crate::descriptor::Descriptor;
use crate::stage::order::Order;
use crate::target::Target;
use serde_json::json;
use std::collections::HashMap;

/// Nodes in the order of the descriptor; edges by index.
#[derive(Debug)]
pub struct Graph {
    pub title: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
}

#[derive(Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub name: String,
    /// The element's type, or what a configuration entry is asked by.
    pub detail: String,
    /// The place of a module in the deployment order, from 1.
    pub order: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NodeKind {
    Module,
    /// A set of properties that a module provides to others of its own application.
    Provided,
    /// The same, published in the registry for other applications.
    Published,
    Resource,
    /// A configuration resource: entries that other applications have published.
    Entry,
}

#[derive(Debug)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    pub kind: EdgeKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    Requires,
    /// From a provided set to the module that provides it.
    ProvidedBy,
    /// `deployed-after`, `processed-after`.
    After,
}

impl NodeKind {
    pub fn word(self) -> &'static str {
        match self {
            NodeKind::Module => "module",
            NodeKind::Provided => "provided set",
            NodeKind::Published => "published set",
            NodeKind::Resource => "resource",
            NodeKind::Entry => "configuration entries",
        }
    }
}

impl EdgeKind {
    pub fn word(self) -> &'static str {
        match self {
            EdgeKind::Requires => "requires",
            EdgeKind::ProvidedBy => "provided by",
            EdgeKind::After => "after",
        }
    }
}

/// Reads the graph off a descriptor. `order` is absent when the elements wait for each other.
pub fn graph(descriptor: &Descriptor, order: Option<&Order>, target: &Target) -> Graph {
    let mut graph = Graph {
        title: format!("{} {}", descriptor.id.value, descriptor.version.value),
        nodes: Vec::new(),
        edges: Vec::new(),
    };
    let order: HashMap<&str, usize> = order
        .iter()
        .flat_map(|order| &order.modules)
        .enumerate()
        .map(|(at, module)| (module.name.as_str(), at + 1))
        .collect();
    let mut modules: HashMap<&str, usize> = HashMap::new();
    let mut resources: HashMap<&str, usize> = HashMap::new();
    // What a `requires` entry can name: modules, their provided sets, resources.
    let mut named: HashMap<&str, usize> = HashMap::new();
    for module in &descriptor.modules {
        let name = module.name.value.as_str();
        let at = graph.add(NodeKind::Module, name, &module.kind.value);
        graph.nodes[at].order = order.get(name).copied();
        modules.insert(name, at);
        for provides in &module.provides {
            let provided = provides.name.value.as_str();
            if provides.implicit {
                named.entry(provided).or_insert(at);
                continue;
            }
            let kind = if provides.public { NodeKind::Published } else { NodeKind::Provided };
            let set = graph.add(kind, provided, "");
            graph.edges.push(Edge { from: set, to: at, kind: EdgeKind::ProvidedBy });
            named.entry(provided).or_insert(set);
        }
    }
    for resource in &descriptor.resources {
        let name = resource.name.value.as_str();
        let kind = resource.kind.as_ref().map_or("", |kind| &kind.value);
        let at = if target.resource_meaning(kind, &resource.parameters.map) == "configuration" {
            let asked = resource.parameters.map.get("provider-id").and_then(|id| id.as_text());
            graph.add(NodeKind::Entry, name, asked.unwrap_or(kind))
        } else {
            graph.add(NodeKind::Resource, name, kind)
        };
        resources.insert(name, at);
        named.entry(name).or_insert(at);
    }
    for module in &descriptor.modules {
        let from = modules[module.name.value.as_str()];
        graph.require(from, module.requires.iter().map(|requires| requires.name.value.as_str()), &named);
        for after in module.deployed_after.iter().flatten() {
            graph.connect(from, modules.get(after.value.as_str()), EdgeKind::After);
        }
    }
    for resource in &descriptor.resources {
        let from = resources[resource.name.value.as_str()];
        graph.require(from, resource.requires.iter().map(|requires| requires.name.value.as_str()), &named);
        for after in &resource.processed_after {
            graph.connect(from, resources.get(after.value.as_str()), EdgeKind::After);
        }
    }
    graph
}

impl Graph {
    fn add(&mut self, kind: NodeKind, name: &str, detail: &str) -> usize {
        self.nodes.push(Node { kind, name: name.to_owned(), detail: detail.to_owned(), order: None });
        self.nodes.len() - 1
    }

    fn connect(&mut self, from: usize, to: Option<&usize>, kind: EdgeKind) {
        if let Some(to) = to.copied().filter(|to| *to != from) {
            self.edges.push(Edge { from, to, kind });
        }
    }

    fn require<'a>(&mut self, from: usize, names: impl Iterator<Item = &'a str>, named: &HashMap<&str, usize>) {
        for name in names {
            self.connect(from, named.get(name), EdgeKind::Requires);
        }
    }

    /// `module:web`: unique, because a kind has no name twice. The three name spaces of nodes are modules, sets, resources.
    fn id(&self, at: usize) -> String {
        let node = &self.nodes[at];
        let space = match node.kind {
            NodeKind::Module => "module",
            NodeKind::Provided | NodeKind::Published => "provided",
            NodeKind::Resource | NodeKind::Entry => "resource",
        };
        format!("{space}:{}", node.name)
    }

    pub fn json(&self) -> String {
        let nodes = self.nodes.iter().enumerate().map(|(at, node)| {
            let mut value = json!({"id": self.id(at), "kind": node.kind.word(), "name": node.name});
            if !node.detail.is_empty() {
                let key = if node.kind == NodeKind::Entry { "provider-id" } else { "type" };
                value[key] = json!(node.detail);
            }
            if let Some(order) = node.order {
                value["order"] = json!(order);
            }
            value
        });
        let edges = self
            .edges
            .iter()
            .map(|edge| json!({"from": self.id(edge.from), "to": self.id(edge.to), "kind": edge.kind.word()}));
        let document = json!({
            "title": self.title,
            "nodes": nodes.collect::<Vec<_>>(),
            "edges": edges.collect::<Vec<_>>(),
        });
        format!("{document:#}\n")
    }

    /// For Graphviz.
    pub fn dot(&self) -> String {
        let quote =
            |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"));
        let mut out = format!(
            "digraph {} {{\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=11, style=\"rounded,filled\", \
             shape=box, color=\"#64748b\", fillcolor=white];\n  edge [fontname=\"sans-serif\", fontsize=9, \
             color=\"#64748b\"];\n",
            quote(&self.title)
        );
        for (at, node) in self.nodes.iter().enumerate() {
            let shape = match node.kind {
                NodeKind::Module => "fillcolor=\"#dbeafe\"",
                NodeKind::Provided => "fillcolor=\"#ecfdf5\", shape=ellipse, style=filled",
                NodeKind::Published => "fillcolor=\"#bbf7d0\", shape=ellipse, style=filled",
                NodeKind::Resource => "fillcolor=\"#fef3c7\", shape=cylinder, style=filled",
                NodeKind::Entry => "fillcolor=\"#fae8ff\", style=\"rounded,filled,dashed\"",
            };
            let detail = if node.detail.is_empty() { String::new() } else { format!("\n{}", node.detail) };
            let label = quote(&format!("{}{detail}", node.name));
            out.push_str(&format!("  {} [label={label}, {shape}];\n", quote(&self.id(at))));
        }
        for edge in &self.edges {
            let style = match edge.kind {
                EdgeKind::Requires => "",
                EdgeKind::ProvidedBy => " [style=dotted, arrowhead=none]",
                EdgeKind::After => " [style=dashed, label=\"after\"]",
            };
            out.push_str(&format!("  {} -> {}{style};\n", quote(&self.id(edge.from)), quote(&self.id(edge.to))));
        }
        out.push_str("}\n");
        out
    }

    /// For Mermaid, as in Markdown files.
    pub fn mermaid(&self) -> String {
        let quote = |text: &str| {
            let text = text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
            format!("\"{}\"", text.replace('\n', " "))
        };
        let mut out = "flowchart LR\n".to_owned();
        for (at, node) in self.nodes.iter().enumerate() {
            let (open, close, class) = match node.kind {
                NodeKind::Module => ("(", ")", "module"),
                NodeKind::Provided => ("([", "])", "provided"),
                NodeKind::Published => ("([", "])", "published"),
                NodeKind::Resource => ("[(", ")]", "resource"),
                NodeKind::Entry => ("{{", "}}", "entry"),
            };
            out.push_str(&format!("  n{at}{open}{}{close}:::{class}\n", quote(&node.name)));
        }
        for edge in &self.edges {
            let arrow = match edge.kind {
                EdgeKind::Requires => "-->",
                EdgeKind::ProvidedBy => "-.-",
                EdgeKind::After => "-. after .->",
            };
            out.push_str(&format!("  n{} {arrow} n{}\n", edge.from, edge.to));
        }
        for (class, fill, line) in [
            ("module", "#dbeafe", "#2563eb"),
            ("provided", "#ecfdf5", "#059669"),
            ("published", "#bbf7d0", "#059669"),
            ("resource", "#fef3c7", "#d97706"),
            ("entry", "#fae8ff", "#a21caf"),
        ] {
            out.push_str(&format!("  classDef {class} fill:{fill},stroke:{line},color:#0f172a\n"));
        }
        out
    }

    pub fn svg(&self) -> String {
        let sizes: Vec<graph_layout::Size> = self.nodes.iter().map(graph_svg::size).collect();
        let edges: Vec<(usize, usize)> = self.edges.iter().map(|edge| (edge.from, edge.to)).collect();
        graph_svg::draw(self, &graph_layout::lay_out(&sizes, &edges))
    }
}
