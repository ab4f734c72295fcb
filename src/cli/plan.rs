//! `windlass plan`: what a deployment would do, and why.

use super::console::print;
use super::exit::{Exit, Failure, Outcome};
use super::inputs::Opened;
use super::secrets::{ShowSecrets, Visible};
use super::selection::{self, SelectionArgs};
use super::{Global, Inputs, inputs, order, saved, variables};
use crate::deploy::images::Inquiry;
use crate::deploy::look::{LookError, Operation, Planned, Request, look_and_plan, plan_offline};
use crate::engine::Docker;
use crate::finding::{Findings, SECRET_ON_COMMAND_LINE};
use crate::plan::desired::Wishes;
use crate::plan::difference::PlanOptions;
use crate::plan::saved::{FORMAT, Saved, VERSION};
use crate::plan::{Hooks, Restart, Secrets, Suspended};
use crate::report::paint::Colour;
use crate::report::plan_text::{PlanStyle, View};
use crate::report::{plan_json, plan_markdown, plan_text};
use crate::source::Sources;
use crate::store::Access;
use crate::target::Generator;
use crate::target::supply::Supplies;
use std::path::PathBuf;

/// Show what a deployment would do, and why; nothing is changed
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Symbols: + create, ~ change in place, r restart, -/+ replace, - remove, > run once,
! problem or loss of data.

Examples:
  windlass plan                                   The mtad.yaml of this folder
  windlass plan -e prod.mtaext --summary          One line for each thing that changes
  windlass plan --plan-out shop.plan.json         Keep it, for `windlass deploy --plan shop.plan.json`
  windlass plan --detailed-exitcode               Exit code 2 when there is something to do
  windlass plan -o markdown                       For a comment on a pull request
  windlass plan -m web -m api                     Only these modules; the others stay as they are
  windlass plan --order-only -o json              In which order resources and modules come")]
pub struct Args {
    #[command(flatten)]
    pub inputs: Inputs,
    /// Form of the result
    #[arg(short, long, value_name = "FORM", default_value = "text")]
    pub output_format: Form,
    /// One line for each thing that changes, without causes
    #[arg(long, conflicts_with = "full")]
    pub summary: bool,
    /// Also what stays as it is, and values at their whole length
    #[arg(long)]
    pub full: bool,
    /// End with exit code 2 when there is something to do
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Keep the plan, for `windlass deploy --plan FILE`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["offline", "order_only"])]
    pub plan_out: Option<PathBuf>,
    /// Ask no engine: plan against a world in which nothing is deployed
    #[arg(long)]
    pub offline: bool,
    /// Only the order of modules and resources; resolves no values and needs neither engine nor state
    #[arg(long, conflicts_with_all = ["modules", "resources", "all_modules", "all_resources", "version_rule", "delete_data"])]
    pub order_only: bool,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Plan to start what is suspended, too
    #[arg(long, conflicts_with = "plan_out")]
    pub resume: bool,
    /// Plan to give modules of other applications their new environment, but not to restart them
    #[arg(long)]
    pub no_restart_subscribed_apps: bool,
    /// Plan to run no hooks
    #[arg(long)]
    pub no_hooks: bool,
    /// Ask no image registry whether a tag has moved, and whether what has to be pulled is there
    #[arg(long)]
    pub no_image_check: bool,
    /// Whether to tell what has changed since the last deployment without windlass: above the plan, not at all, or alone
    #[arg(long, value_name = "WHETHER", default_value = "show")]
    pub drift: Drift,
    #[command(flatten)]
    pub secrets: ShowSecrets,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Drift {
    #[default]
    Show,
    Hide,
    Only,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    Text,
    Json,
    /// For a comment on a pull request, or the summary of a job
    Markdown,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    if args.order_only {
        let form = match args.output_format {
            Form::Text => order::Form::Text,
            Form::Json => order::Form::Json,
            Form::Markdown => {
                return Err(Failure::new(Exit::Usage, "`--order-only` has no form `markdown`")
                    .next("`-o text` and `-o json` are there"));
            }
        };
        return order::show(&args.inputs, form, global);
    }
    let secrets = secrets(&args, global)?;
    let facts = inputs::facts(global, Generator::new([0; 32]), Supplies::unasked());
    let operation = Operation { timestamp: facts.timestamp, user: facts.user };
    let to_save = match &args.plan_out {
        Some(path) => {
            Some((path, saved::inputs(&args.inputs, global, &args.wishes(), &args.options(secrets), &operation)?))
        }
        None => None,
    };
    let Opened { mut sources, descriptor, origin, extensions, given, target, mut warnings, .. } =
        args.inputs.open(global)?;
    let mut request = Request {
        sources: &mut sources,
        descriptor,
        origin: &origin,
        extensions: &extensions,
        given: &given,
        target: &target,
        operation: &operation,
        environment: &variables::supply,
        wishes: &args.wishes(),
        options: &args.options(secrets),
        images: &if args.no_image_check { Inquiry::Never } else { Inquiry::Ask },
    };
    let Planned { mut plan, warnings: more, engine, .. } = match look(&mut request, &args, global) {
        Ok(planned) => planned,
        Err(NoPlan::Findings(more)) => {
            warnings.extend(more);
            return Err(Failure::Findings { sources, findings: warnings.sorted() });
        }
        Err(NoPlan::Failure(failure)) => return Err(failure),
    };
    warnings.extend(more);
    global.show_findings(&sources, &warnings);
    let is_secret = |path: &str| exposed(&sources, &warnings, path);
    if let Some((path, inputs)) = &to_save {
        if args.inputs.settings.set.iter().any(|set| is_secret(set.split('=').next().unwrap_or_default())) {
            return Err(Failure::new(Exit::Usage, "a plan with a secret of the command line cannot be kept")
                .why("`deploy --plan` sets the same values again, and the file must not hold them")
                .next("give the secret with `--set-file`, or as `${secret:NAME}`"));
        }
        let windlass = VERSION.to_owned();
        let kept = Saved {
            format: FORMAT,
            windlass,
            inputs: inputs.clone(),
            world: plan.world.clone(),
            plan: plan_json::plan(&plan),
        };
        saved::write(path, &kept)?;
    }
    if args.drift == Drift::Hide {
        plan.drift.clear();
    }
    match args.output_format {
        Form::Json => print(&format!("{:#}\n", plan_json::plan(&plan)))?,
        Form::Text | Form::Markdown => {
            let engine = engine.map(|engine| format!("{} ({})", engine.endpoint, engine.chosen_because));
            let next = next(&args, &is_secret, global);
            let style = PlanStyle {
                view: args.view(),
                colour: global.stdout().colour,
                width: global.stdout().width,
                secrets,
                engine: engine.as_deref(),
                next: Some(&next),
            };
            print(&match args.output_format {
                _ if args.drift == Drift::Only => plan_text::render_drift(&plan, &style),
                Form::Markdown => plan_markdown::render(&plan, &PlanStyle { colour: Colour::Off, ..style }),
                _ => plan_text::render(&plan, &style),
            })?;
        }
    }
    let says_something = if args.drift == Drift::Only { !plan.drift.is_empty() } else { !plan.is_empty() };
    let exit = if args.detailed_exitcode && says_something { Exit::Changes } else { Exit::Ok };
    // The process ends here and takes them with it: giving a large plan back piece by piece only keeps people waiting.
    std::mem::forget((plan, sources));
    Ok(exit)
}

impl Args {
    fn wishes(&self) -> Wishes {
        self.selection.wishes()
    }

    fn options(&self, secrets: Secrets) -> PlanOptions {
        PlanOptions {
            subscribers: if self.no_restart_subscribed_apps { Restart::Later } else { Restart::Now },
            hooks: if self.no_hooks { Hooks::Skip } else { Hooks::Run },
            secrets,
            suspended: if self.resume { Suspended::Resume } else { Suspended::Stay },
        }
    }

    fn view(&self) -> View {
        match (self.summary, self.full) {
            (true, _) => View::Summary,
            (false, true) => View::Full,
            (false, false) => View::Changes,
        }
    }
}

enum NoPlan {
    Findings(Findings),
    Failure(Failure),
}

fn look(request: &mut Request<'_>, args: &Args, global: &Global) -> Result<Planned, NoPlan> {
    // Generated credentials come from a key of the state directory. A plan that is kept must find the same ones when it is
    // executed, so the directory must be there by then; any other plan leaves no trace.
    let access = if args.plan_out.is_some() { Access::Write } else { Access::Read };
    let store = global.store(access).map_err(NoPlan::Failure)?;
    let planned = if args.offline {
        global.note("no engine is asked: this plan is for an empty world, in which nothing is deployed");
        plan_offline(request, &store)
    } else {
        // One engine call after the other: one thread does.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
            NoPlan::Failure(Failure::new(Exit::Unreachable, "cannot wait for an engine").why(error.to_string()))
        })?;
        let selection = global.engine().map_err(NoPlan::Failure)?;
        runtime.block_on(async {
            let engine = Docker::connect(&selection).await?;
            look_and_plan(request, &store, &engine).await
        })
    };
    planned.map_err(|error| match error {
        LookError::Findings(findings) => NoPlan::Findings(findings),
        LookError::Store(error) => NoPlan::Failure(error.into()),
        LookError::Engine(error) => {
            NoPlan::Failure(Failure::from(error).next("`--offline` plans without an engine, against an empty world"))
        }
    })
}

/// Machines and files get no secrets, whoever asks: what is written down stays.
fn secrets(args: &Args, global: &Global) -> Result<Secrets, Failure> {
    if args.secrets.show_secrets && (args.output_format != Form::Text || args.plan_out.is_some()) {
        return Err(Failure::new(Exit::Usage, "a plan as JSON, as Markdown or in a file never holds secrets")
            .next("leave `--show-secrets` out, or ask for the text alone"));
    }
    Ok(match args.secrets.decide(global)? {
        Visible::Secrets => Secrets::Show,
        Visible::Masked => Secrets::Mask,
    })
}

/// How to go on; the command is ready to be pasted.
fn next(args: &Args, is_secret: &dyn Fn(&str) -> bool, global: &Global) -> String {
    if let Some(path) = &args.plan_out {
        let command = saved::command(&["deploy".into(), "--plan".into(), path.display().to_string()], global);
        return format!("Deploy exactly this plan:  {command}");
    }
    let flags = [
        ("--resume", args.resume),
        ("--no-hooks", args.no_hooks),
        ("--no-restart-subscribed-apps", args.no_restart_subscribed_apps),
    ];
    format!("Deploy:  {}", deploy_command(&args.inputs, &args.wishes(), &flags, is_secret, global))
}

/// The deployment that these inputs and flags mean, ready to be pasted.
pub(super) fn deploy_command(
    inputs: &Inputs,
    wishes: &Wishes,
    flags: &[(&str, bool)],
    is_secret: &dyn Fn(&str) -> bool,
    global: &Global,
) -> String {
    let mut words = match &inputs.own {
        Some(own) => vec!["module".to_owned(), "deploy".to_owned(), own.marker.clone()],
        None => vec!["deploy".to_owned()],
    };
    words.extend(inputs.descriptor.iter().map(|path| path.display().to_string()));
    for extension in &inputs.extensions {
        words.extend(["-e".to_owned(), extension.display().to_string()]);
    }
    words.extend(inputs.settings.words(is_secret));
    words.extend(selection::words(wishes));
    words.extend(flags.iter().filter(|(_, is_set)| *is_set).map(|(flag, _)| (*flag).to_owned()));
    words.extend(saved::target_options(global));
    saved::command(&words, global)
}

/// Whether the value that `--set` gives to this path has turned out to be a secret.
pub(super) fn exposed(sources: &Sources, warnings: &Findings, path: &str) -> bool {
    let option = format!("--set {path}");
    let mut warned = warnings.iter().filter(|finding| finding.code == &SECRET_ON_COMMAND_LINE);
    warned.any(|finding| sources.get(finding.at.file).name() == option)
}
