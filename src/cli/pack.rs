//! `windlass pack [DESC]`: from a folder to an archive.

use super::Global;
use super::console::print;
use super::exit::{Exit, Failure, Outcome, said};
use super::target::known::target;
use super::whole_file::beside;
use crate::descriptor::Document;
use crate::finding::Findings;
use crate::package::{self, Input, Origin, Packing, WriteError};
use crate::source::Sources;
use crate::stage::load;
use std::path::{Path, PathBuf};

/// Pack a descriptor and the content of its modules into an archive (.mtar)
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
What a module names with `path` is packed, and the files with parameters that services and requirements name. Nothing is
built. The same folder makes the same archive, byte for byte.

Examples:
  windlass pack                        The mtad.yaml of this folder, as ID_VERSION.mtar
  windlass pack shop/ -o shop.mtar     Another one, under another name")]
pub struct Args {
    /// Descriptor, or a folder with one (default: mtad.yaml, else mta.yaml)
    #[arg(value_name = "DESC")]
    pub descriptor: Option<PathBuf>,
    /// The archive to write (default: ID_VERSION.mtar in the current folder)
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the archive when there is one of that name
    #[arg(long)]
    pub force: bool,
}

pub fn run(args: Args, global: &Global) -> Outcome {
    let mut sources = Sources::default();
    let mut findings = Findings::default();
    let target = target(global, &mut sources, &mut findings)?;
    let input = findings.keep(package::open(&mut sources, args.descriptor.as_deref())?);
    if let Some(Input { origin, .. }) = &input
        && !matches!(origin, Origin::Folder { manifest: None, .. })
    {
        return Err(Failure::new(Exit::Usage, "there is nothing to pack")
            .why(match origin {
                Origin::Nowhere => "A descriptor from standard input has no folder.",
                Origin::Archive(_) | Origin::Folder { .. } => "It is an archive already.",
            })
            .next("name a folder with a descriptor, and the files that it speaks of"));
    }
    let document = input.as_ref().and_then(|input| findings.keep(load::document(&sources, input.descriptor)));
    let (Some(input), Some(Document::Descriptor(descriptor)), false) = (input, document, findings.has_errors()) else {
        return Err(Failure::Findings { sources, findings });
    };
    let Some(mut packing) = findings.keep(package::pack(&mut sources, &input, &descriptor, &target)) else {
        return Err(Failure::Findings { sources, findings });
    };
    findings.extend(package::nothing_to_pack(&packing, &descriptor).into_iter().collect());
    global.show_findings(&sources, &findings.sorted());
    let name = format!("{}_{}.mtar", descriptor.id.value, descriptor.version.value);
    let output = args.output.unwrap_or_else(|| PathBuf::from(name.replace(['/', '\\'], "-")));
    if let Ok(real) = output.canonicalize()
        && packing.leave_out(&real)
    {
        global.note(&format!("`{}` lies in what is packed, and is left out", output.display()));
    }
    let bytes = write(&packing, &output, if args.force { Existing::Replace } else { Existing::Keep })?;
    if global.quiet == 0 {
        let files = packing.files().count();
        let counted = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
        print(&format!("{}  {counted}, {bytes} bytes\n", output.display()))?;
    }
    Ok(Exit::Ok)
}

#[derive(Clone, Copy, PartialEq)]
enum Existing {
    Keep,
    Replace,
}

/// Writes beside the archive first, so that there is a whole one or none.
fn write(packing: &Packing, output: &Path, existing: Existing) -> Result<u64, Failure> {
    if existing == Existing::Keep && output.exists() {
        return Err(taken(output));
    }
    if let Ok(real) = output.canonicalize()
        && packing.files().any(|(_, file)| matches!(&file.from, package::files::From::Disk(path) if *path == real))
    {
        return Err(Failure::new(Exit::Usage, format!("`{}` is part of what would be packed", output.display()))
            .next("write the archive outside of the content of modules: `-o ../app.mtar`"));
    }
    let folder = output.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
    let unwritable = |error: &std::io::Error| {
        Failure::new(Exit::Usage, format!("the archive `{}` cannot be written", output.display()))
            .why(said(error))
            .next("name a file in a folder that exists and may be written")
    };
    let file = beside(folder).map_err(|error| unwritable(&error))?;
    let file = packing.write(file).map_err(|error| match error {
        WriteError::Io(error) => unwritable(&error),
        WriteError::TooMany | WriteError::TooLarge => {
            Failure::new(Exit::Findings, format!("`{}` would be too large", output.display()))
                .why(error.to_string())
                .next("pack folders with very many files as one zip, and let `path` name that")
        }
    })?;
    let bytes = file.as_file().metadata().map_err(|error| unwritable(&error))?.len();
    let kept = match existing {
        Existing::Replace => file.persist(output),
        Existing::Keep => file.persist_noclobber(output),
    };
    match kept {
        Ok(_) => Ok(bytes),
        Err(kept) if kept.error.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(output)),
        Err(kept) => Err(unwritable(&kept.error)),
    }
}

fn taken(output: &Path) -> Failure {
    Failure::new(Exit::Usage, format!("`{}` is there already", output.display()))
        .next("`--force` replaces it; `-o FILE` writes another one")
}
