//! `mtad.yaml` with `*.mtaext`, `target.yaml` and `entries.json` (what the registry holds) → what each stage makes of them.
//!
//! `findings.txt` is always compared. The other snapshots are compared where they are: a claim shows only what it is about.
//! To have one more of them written, create it empty and run with `WINDLASS_UPDATE=1`.
//!
//! | snapshot             | what it shows                                                        |
//! |----------------------|----------------------------------------------------------------------|
//! | `placeholders.yaml`  | the descriptor with `${…}` closed                                    |
//! | `configuration.yaml` | … and configuration resources replaced by what the registry holds    |
//! | `references.yaml`    | … and `~{…}` closed: what is deployed                                |
//! | `environment.json`   | the variables of each module, as the container gets them             |
//! | `offers.json`        | the entries that would be published                                  |
//! | `subscriptions.json` | what would be followed, and the fragment that is remembered for it   |

use crate::claims::{self, Claim, long};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use windlass::descriptor::write;
use windlass::finding::Findings;
use windlass::registry::{Entry, Question, Subscription, interchange, matching};
use windlass::report::yaml::to_yaml;
use windlass::source::{Sources, yaml};
use windlass::stage::environment::Environment;
use windlass::stage::renew::renew;
use windlass::stage::{Stages, ask, combine, conclude, lookup};
use windlass::target::supply::{Ask, Giver, Hidden, Supplies, Supply};
use windlass::target::{Compat, Facts, Generator, Space, Target, read};

#[test]
fn claims_about_stages_hold() {
    claims::of_room("stages", |claim| {
        let mut sources = Sources::default();
        let mut findings = Findings::default();
        let made = run(claim, &mut sources, &mut findings);
        claim.expect("findings.txt", &long(&sources, &findings));
        claim.expect_comments(&sources, &findings);
        let Made { filled, configured, stages } = made;
        snapshot(claim, "placeholders.yaml", filled);
        snapshot(claim, "configuration.yaml", configured);
        let stages = stages.as_ref();
        let references = stages.map(|stages| yaml_of(&stages.bound));
        snapshot(claim, "references.yaml", references);
        snapshot(claim, "environment.json", stages.map(|stages| pretty(&environments(&stages.environments))));
        snapshot(claim, "offers.json", stages.map(|stages| interchange::write_json(&stages.offers)));
        snapshot(claim, "subscriptions.json", stages.map(|stages| pretty(&subscriptions(&stages.subscriptions))));
    });
}

/// Each of ten thousand parameters needs the next one: the way is given up, once, and not by running out of stack.
#[test]
fn a_chain_of_ten_thousand_placeholders_is_one_finding() {
    let mut text = String::from("_schema-version: '3.3'\nID: chain\nversion: 1.0.0\nparameters:\n  p10000: end\n");
    for at in 0..10_000 {
        text += &format!("  p{at}: ${{p{}}}\n", at + 1);
    }
    text += "modules:\n- {name: web, type: application, properties: {FIRST: '${p0}', LAST: '${p9990}'}}\n";
    let mut sources = Sources::default();
    let file = sources.add("mtad.yaml", text);
    let target = target();
    let merged = combine(&sources, file, &[], &target).product.expect("it is a descriptor");
    let asked = ask(merged, &target, &facts());
    let codes: Vec<_> = asked.findings.iter().map(|finding| finding.code.id).collect();
    assert_eq!(codes, ["expansion-too-large"], "{}", long(&sources, &asked.findings));
}

/// What a subscriber gets when the answer to its question changes: nothing else than what follows the resource.
#[test]
fn a_subscriber_is_renewed_from_its_fragment() {
    let entry = |host: &str| {
        let text = format!(
            r#"[{{"provider-nid":"mta","provider-id":"p:{host}","target":{{"org":"acme","space":"dev"}},"content":{{"host":"{host}"}}}}]"#
        );
        interchange::read(&text, &Default::default()).expect("an entry").remove(0)
    };
    let (one, two) = (entry("a"), entry("b"));
    let followed = |list: &str| {
        let text = format!(
            "_schema-version: '3.3'\nID: shop\nversion: 1.0.0\nmodules:\n- name: web\n  type: application\n  \
             properties: {{MENTIONS: 'https://~{{plugins/host}}', OWN: stays, OTHER: '~{{db/url}}', BOTH: '~{{db/url}}/~{{plugins/host}}'}}\n  \
             requires:\n  - {{name: db, properties: {{DB: '~{{url}}'}}}}\n  \
             - {{name: plugins, {list} parameters: {{managed: true}}, properties: {{HOST: '~{{host}}', SECRET: !sensitive s}}}}\n\
             resources:\n- {{name: db, properties: {{url: u}}}}\n- {{name: plugins, type: configuration, properties: {{extra: 1}}}}\n"
        );
        let mut sources = Sources::default();
        let file = sources.add("mtad.yaml", text);
        let target = target();
        let merged = combine(&sources, file, &[], &target).product.expect("it is a descriptor");
        let asking = ask(merged, &target, &facts()).product.expect("it can be filled");
        let stages = conclude(asking, vec![vec![one.clone()]], &target);
        let findings = long(&sources, &stages.findings);
        stages.product.expect(&findings).subscriptions.remove(0)
    };
    let renewed = |subscription: &Subscription, answer: &[Entry]| -> Result<Vec<String>, Vec<&'static str>> {
        let shown = |variables: Vec<windlass::stage::environment::Variable>| -> Vec<String> {
            let secret = |secret| if secret { " (secret)" } else { "" };
            let line = |it: &windlass::stage::environment::Variable| {
                format!("{}={}{}", it.name, it.text, secret(it.value.holds_secret()))
            };
            variables.iter().map(line).collect()
        };
        let codes = |findings: Findings| findings.iter().map(|finding| finding.code.id).collect();
        renew(subscription, answer, &[], &target(), &supplies()).map(shown).map_err(codes)
    };

    let single = followed("");
    let expected = ["MENTIONS=https://b", "BOTH=u/b", "HOST=b", "SECRET=s (secret)"].map(String::from).to_vec();
    assert_eq!(renewed(&single, std::slice::from_ref(&two)), Ok(expected));
    assert_eq!(renewed(&single, &[]), Err(vec!["config-no-match"]));
    assert_eq!(renewed(&single, &[one.clone(), two.clone()]), Err(vec!["config-several-matches"]));

    let list = followed("list: PLUGINS,");
    let expected = [
        r#"MENTIONS=["https://a","https://b"]"#,
        r#"BOTH=["u/a","u/b"]"#,
        r#"PLUGINS=[{"HOST":"a","SECRET":"s"},{"HOST":"b","SECRET":"s"}] (secret)"#,
    ];
    assert_eq!(renewed(&list, &[one.clone(), two.clone()]), Ok(expected.map(String::from).to_vec()));
    let expected = ["MENTIONS=[]", "BOTH=[]", "PLUGINS=[]"].map(String::from).to_vec();
    assert_eq!(renewed(&list, &[]), Ok(expected));
}

/// A secret that windlass keeps is not remembered: whoever renews the subscriber hands it in as it is then.
#[test]
fn a_subscriber_is_renewed_with_the_secrets_of_that_moment() {
    let text = "_schema-version: '3.3'\nID: shop\nversion: 1.0.0\nmodules:\n- name: web\n  type: application\n  \
                requires:\n  - {name: api, list: APIS, parameters: {managed: true}, \
                properties: {url: '~{url}', password: 'x${secret:db-password}', token: '${env:TOKEN}'}}\n\
                resources:\n- {name: api, type: configuration}\n";
    let mut sources = Sources::default();
    let file = sources.add("mtad.yaml", text);
    let merged = combine(&sources, file, &[], &target()).product.expect("it is a descriptor");
    let asking = ask(merged, &target(), &facts()).product.expect("it can be filled");
    let content = r#"[{"provider-nid":"mta","provider-id":"p:a","target":{"org":"acme","space":"dev"},"content":{"url":"${secret:db-password}"}}]"#;
    let answer = interchange::read(content, &Default::default()).expect("an entry");
    let stages = conclude(asking, vec![answer.clone()], &target()).product.expect("it is sound");
    let [subscription] = stages.subscriptions.try_into().expect("one subscription");
    assert!(!subscription.fragment.contains("hunter2"));

    let ask = Ask { giver: Giver::Vault, name: "db-password".into() };
    let now = Supplies::looked_up([(ask, Supply::Given(Hidden::new("changed")))].into());
    let renewed = renew(&subscription, &answer, &[], &target(), &now).expect("it can be renewed");
    // What somebody has published is no placeholder, whatever it looks like.
    let expected = r#"[{"url":"${secret:db-password}","password":"xchanged","token":"t0ken"}]"#;
    assert_eq!(renewed[0].text, expected);
    assert!(renewed[0].value.holds_secret());
    let gone = renew(&subscription, &answer, &[], &target(), &Supplies::default()).expect_err("the secret is gone");
    assert_eq!(gone.iter().map(|finding| finding.code.id).collect::<Vec<_>>(), ["secret-missing"]);
}

/// Compared only where the claim has the snapshot.
fn snapshot(claim: &mut Claim, name: &str, actual: Option<String>) {
    if claim.folder.join(name).exists() {
        claim.expect(name, &actual.unwrap_or_default());
    }
}

struct Made {
    filled: Option<String>,
    configured: Option<String>,
    stages: Option<Stages>,
}

fn run(claim: &Claim, sources: &mut Sources, findings: &mut Findings) -> Made {
    let mut made = Made { filled: None, configured: None, stages: None };
    let descriptor = claim.input(sources, "mtad.yaml").expect("every claim has a descriptor");
    let extensions = claim.inputs(sources, ".mtaext");
    let mut target = target();
    if let Some(file) = claim.input(sources, "target.yaml") {
        let node = findings.keep(yaml::read(sources, file)).expect("the target file is YAML");
        target = findings.keep(read::read(&target, &node));
    }
    let namespace = std::fs::read_to_string(claim.folder.join("namespace.txt")).ok();
    target.namespace = namespace.map(|text| text.trim().to_owned());
    let Some(merged) = findings.keep(combine(sources, descriptor, &extensions, &target)) else { return made };
    let Some(asking) = findings.keep(ask(merged, &target, &facts())) else { return made };
    made.filled = Some(yaml_of(&asking.filled));
    let held = entries(claim);
    let answers: Vec<Vec<Entry>> = asking.questions.iter().map(|question| answer(&held, question)).collect();
    let configured = lookup::lookup(&asking.filled, &asking.questions, &answers, &target);
    made.configured = configured.sound().ok().map(|sound| yaml_of(&sound));
    made.stages = findings.keep(conclude(asking, answers, &target));
    made
}

fn target() -> Target {
    Target::built_in(Space { org: "acme".into(), space: "dev".into() }, None, Compat::Documented)
}

fn facts() -> Facts {
    Facts {
        timestamp: "1700000000000".into(),
        user: "tester".into(),
        engine_url: "unix:///engine.sock".into(),
        generated: Generator::new([7; 32]),
        supplies: supplies(),
    }
}

/// What the claims may ask for. The texts with braces must come out as they are.
fn supplies() -> Supplies {
    let given = [
        (Giver::Vault, "db-password", "hunter2"),
        (Giver::Vault, "braces", r"a${b}\${c}~{d/e}$"),
        (Giver::Environment, "TOKEN", "t0ken"),
    ];
    let mut held: BTreeMap<Ask, Supply> = given
        .into_iter()
        .map(|(giver, name, value)| (Ask { giver, name: name.into() }, Supply::Given(Hidden::new(value))))
        .collect();
    let near = Some("db-password".into());
    held.insert(Ask { giver: Giver::Vault, name: "db-pasword".into() }, Supply::Missing { near });
    held.insert(
        Ask { giver: Giver::Environment, name: "EMPTY".into() },
        Supply::Unusable { why: "it is empty".into() },
    );
    held.insert(Ask { giver: Giver::Vault, name: "nested".into() }, Supply::Given(Hidden::new("${a${b}}")));
    Supplies::looked_up(held)
}

/// What the registry holds, in the order of publication.
fn entries(claim: &Claim) -> Vec<Entry> {
    match std::fs::read_to_string(claim.folder.join("entries.json")) {
        Ok(text) => interchange::read(&text, &Default::default()).expect("the entries can be read"),
        Err(_) => Vec::new(),
    }
}

fn answer(held: &[Entry], question: &Question) -> Vec<Entry> {
    held.iter().filter(|entry| matching::answers(entry, question)).cloned().collect()
}

fn yaml_of(descriptor: &windlass::descriptor::Descriptor) -> String {
    to_yaml(&write::descriptor(descriptor)).expect("a descriptor can be written")
}

fn environments(environments: &[Environment]) -> Json {
    let variables = |environment: &Environment| -> Map<String, Json> {
        let texts = environment.variables.iter().map(|variable| {
            let text = Json::from(variable.text.as_str());
            // Said here, because masking is the business of whoever shows it.
            let secret = variable.value.holds_secret();
            (variable.name.clone(), if secret { json!({"secret": text}) } else { text })
        });
        texts.collect()
    };
    environments.iter().map(|one| (one.module.to_string(), Json::from(variables(one)))).collect::<Map<_, _>>().into()
}

fn subscriptions(subscriptions: &[Subscription]) -> Json {
    let shown = subscriptions.iter().map(|one| {
        let fragment: Json = serde_json::from_str(&one.fragment).expect("a fragment is JSON");
        let filter = windlass::report::registry::filter(&one.filter);
        json!({"module": one.module.to_string(), "resource": one.resource.to_string(), "filter": filter, "fragment": fragment})
    });
    shown.collect()
}

fn pretty(json: &Json) -> String {
    serde_json::to_string_pretty(json).expect("JSON can be written") + "\n"
}
