use windlass::source::{
    Sources,
    yaml::{self, *},
};
fn dump(s: &Sources, n: &Node, d: usize) {
    let (a, b) = s.positions(n.span);
    let sp = format!("{}:{}-{}:{}", a.row, a.column, b.row, b.column);
    let t = n.tag.as_ref().map(|t| t.value.clone()).unwrap_or_default();
    match &n.kind {
        NodeKind::Scalar(x) => {
            println!("{:w$}{sp} {t} {:?} {:?} slice={:?}", "", x.text, x.style, s.slice(n.span), w = d)
        }
        NodeKind::List(l) => {
            println!("{:w$}{sp} {t} list", "", w = d);
            for x in l.iter() {
                dump(s, x, d + 2)
            }
        }
        NodeKind::Map(l) => {
            println!("{:w$}{sp} {t} map", "", w = d);
            for x in l.iter() {
                let (a, b) = s.positions(x.key.span);
                println!("{:w$}{}:{}-{}:{} key {}", "", a.row, a.column, b.row, b.column, x.key.value, w = d + 1);
                dump(s, &x.value, d + 2)
            }
        }
    }
}
fn main() {
    for f in std::env::args().skip(1) {
        let t = std::fs::read_to_string(&f).unwrap();
        let mut s = Sources::default();
        let id = s.add(&f, t);
        let r = yaml::read(&s, id);
        for x in r.findings.iter() {
            let p = s.positions(x.at).0;
            println!(
                "{}:{}:{} {}[{}] {} {} | {} | help: {}",
                f,
                p.row,
                p.column,
                x.severity.word(),
                x.code.id,
                x.path,
                x.message,
                x.related
                    .iter()
                    .map(|r| {
                        let p = s.positions(r.at).0;
                        format!("{}:{} {}", p.row, p.column, r.message)
                    })
                    .collect::<Vec<_>>()
                    .join("; "),
                x.help.clone().unwrap_or_default()
            );
        }
        if let Some(n) = r.product {
            if std::env::var("Q").is_err() {
                dump(&s, &n, 0)
            }
        }
    }
}
