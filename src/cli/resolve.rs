//! `windlass resolve`: the descriptor as it stands after a stage.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::{Asked, Combined, Opened, sound};
use super::secrets::ShowSecrets;
use super::{Global, Inputs};
use crate::descriptor::{Document, write};
use crate::finding::Findings;
use crate::plan::parameters::given_in_vain;
use crate::report::yaml::to_yaml;
use crate::source::Sources;
use crate::stage::{bind, fill, load, lookup};
use crate::store::Access;
use crate::tree::Value;

/// Print the descriptor as it stands after a stage
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Each stage includes the ones before it. What `resolve` prints is a descriptor that `resolve` reads again.

Examples:
  windlass resolve -e prod.mtaext                        Everything resolved, as YAML
  windlass resolve mtad.yaml --stage merged -o json      With extensions merged in, nothing replaced yet")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    /// How far to go
    #[arg(long, value_name = "STAGE", default_value = "references")]
    pub stage: Stage,
    #[arg(short, long, value_name = "FORM", default_value = "yaml")]
    pub output_format: Form,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Stage {
    /// The file alone, checked against the schema; an extension may stand alone too
    Parsed,
    /// Extensions merged in, the target's values underneath
    Merged,
    /// Every `${…}` replaced, names and addresses as they are written
    Placeholders,
    /// Names and addresses corrected, configuration resources replaced by the registry's entries
    Configuration,
    /// Every `~{…}` replaced
    References,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Yaml,
    Json,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let visible = args.secrets.decide(global)?;
    let value = match args.stage {
        // One file as its author wrote it: who can name it can read it.
        Stage::Parsed => parsed(&args.inputs, global)?,
        Stage::Merged => {
            let Combined { sources, merged, warnings, .. } = args.inputs.combine(global)?;
            global.show_findings(&sources, &warnings);
            visible.filter_descriptor(write::descriptor(&merged), &sources)
        }
        Stage::Placeholders | Stage::Configuration | Stage::References => {
            let (value, sources) = closed(&args.inputs, args.stage, global)?;
            visible.filter_descriptor(value, &sources)
        }
    };
    print(&match args.output_format {
        Form::Json => value.to_json() + "\n",
        Form::Yaml => to_yaml(&value).map_err(|error| {
            Failure::new(Exit::Bug, "the descriptor has no YAML form")
                .why(error.to_string())
                .next("`-o json` prints it")
        })?,
    })?;
    Ok(Exit::Ok)
}

fn parsed(inputs: &Inputs, global: &Global) -> Result<Value, Failure> {
    let alone = Inputs { descriptor: inputs.descriptor.clone(), ..Inputs::default() };
    let Opened { sources, descriptor: file, mut warnings, .. } = alone.open(global)?;
    let Some(document) = sound(load::document(&sources, file), &mut warnings) else {
        return Err(Failure::Findings { sources, findings: warnings });
    };
    global.show_findings(&sources, &warnings);
    Ok(match document {
        Document::Descriptor(descriptor) => write::descriptor(&descriptor),
        Document::Extension(extension) => write::extension(&extension),
    })
}

fn closed(inputs: &Inputs, stage: Stage, global: &Global) -> Result<(Value, Sources), Failure> {
    let store = global.store(Access::Read)?;
    let combined = inputs.combine(global)?;
    if stage == Stage::Placeholders {
        // Not further: what is wrong with a question to the registry belongs to the next stage.
        let facts = combined.facts(global, &store)?;
        let Combined { sources, target, merged, mut warnings, .. } = combined;
        let filled = warnings.keep(fill::fill(merged, &target, &facts, fill::Names::AsWritten));
        warnings.extend(given_in_vain(&filled, &filled.named(), &sources));
        let value = (!warnings.has_errors()).then(|| write::descriptor(&filled));
        return finish(value, sources, warnings, global);
    }
    let Asked { sources, target, asking, answers, mut warnings } = combined.ask(global, &store)?;
    warnings.extend(given_in_vain(&asking.filled, &asking.filled.named(), &sources));
    let configured = warnings.keep(lookup::lookup(&asking.filled, &asking.questions, &answers, &target));
    let value = if stage == Stage::Configuration || warnings.has_errors() {
        write::descriptor(&configured)
    } else {
        let bound = warnings.keep(bind::bind(configured, &target));
        write::descriptor(&bound)
    };
    let value = (!warnings.has_errors()).then_some(value);
    finish(value, sources, warnings, global)
}

fn finish(
    value: Option<Value>,
    sources: Sources,
    findings: Findings,
    global: &Global,
) -> Result<(Value, Sources), Failure> {
    let findings = findings.sorted();
    match value {
        Some(value) => {
            global.show_findings(&sources, &findings);
            Ok((value, sources))
        }
        None => Err(Failure::Findings { sources, findings }),
    }
}
