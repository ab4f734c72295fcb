use std::io::Read;
fn main() {
    let mut s = String::new();
    std::io::stdin().read_to_string(&mut s).unwrap();
    let o = granit_parser::options! {emit_comments:false,emit_anchor_events:true,emit_unresolved_aliases:true};
    for e in granit_parser::Parser::new_from_str_with_options(&s, o) {
        match e {
            Ok((e, sp)) => println!(
                "{:?} {:?} {}:{} tag={:?} {:?}",
                e,
                sp.byte_range(),
                sp.start.line(),
                sp.start.col(),
                sp.tag_span().map(|t| t.byte_range()),
                sp.slice(&s)
            ),
            Err(e) => {
                println!("ERR {:?} {:?} {}", e.kind(), e.marker(), e.info());
                break;
            }
        }
    }
}
