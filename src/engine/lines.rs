//! Lines out of what an engine sends of a container's output.
//!
//! An engine sends pieces: several lines in one, or a long line in several, with the two output streams in turns. A line
//! is handed on when its end has come, or the output ends.

use super::{EngineError, LogLine};
use crate::plan::job::Stream as Output;
use bollard::container::LogOutput;
use futures_util::{Stream, StreamExt, stream};

/// A line that does not end is handed on in parts of this size.
const LONGEST: usize = 64 * 1024;

pub fn of(
    chunks: impl Stream<Item = Result<LogOutput, EngineError>> + Send + 'static,
) -> impl Stream<Item = Result<LogLine, EngineError>> + Send {
    let chunks = chunks.map(Some).chain(stream::iter([None]));
    let lines = chunks.scan(Unfinished::default(), |unfinished, chunk| {
        let lines: Vec<Result<LogLine, EngineError>> = match chunk {
            Some(Ok(output)) => unfinished.take(output).into_iter().map(Ok).collect(),
            Some(Err(error)) => vec![Err(error)],
            None => unfinished.rest().into_iter().map(Ok).collect(),
        };
        std::future::ready(Some(stream::iter(lines)))
    });
    lines.flatten()
}

/// Beginnings of lines, one for each output stream.
#[derive(Default)]
struct Unfinished {
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Unfinished {
    fn take(&mut self, output: LogOutput) -> Vec<LogLine> {
        let (stream, buffer) = match &output {
            LogOutput::StdErr { .. } => (Output::Err, &mut self.err),
            LogOutput::StdOut { .. } | LogOutput::StdIn { .. } | LogOutput::Console { .. } => {
                (Output::Out, &mut self.out)
            }
        };
        buffer.extend_from_slice(output.as_ref());
        let mut lines = Vec::new();
        while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
            let rest = buffer.split_off(end + 1);
            lines.push(line(stream, &std::mem::replace(buffer, rest)));
        }
        if buffer.len() >= LONGEST {
            lines.push(line(stream, &std::mem::take(buffer)));
        }
        lines
    }

    fn rest(&mut self) -> Vec<LogLine> {
        [(Output::Out, std::mem::take(&mut self.out)), (Output::Err, std::mem::take(&mut self.err))]
            .iter()
            .filter(|(_, bytes)| !bytes.is_empty())
            .map(|(stream, bytes)| line(*stream, bytes))
            .collect()
    }
}

fn line(stream: Output, bytes: &[u8]) -> LogLine {
    let text = String::from_utf8_lossy(bytes);
    LogLine { stream, text: text.trim_end_matches(['\n', '\r']).to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pieces_become_lines_and_streams_do_not_mix_within_one() {
        let said = |text: &str| Ok(LogOutput::StdOut { message: text.to_owned().into() });
        let err = |text: &str| Ok(LogOutput::StdErr { message: text.to_owned().into() });
        let pieces = vec![said("one\r\ntwo\nthr"), err("oh "), said("ee\n"), err("no\n"), said("end")];
        let lines: Vec<LogLine> = of(stream::iter(pieces)).map(Result::unwrap).collect().await;
        let texts: Vec<(Output, &str)> = lines.iter().map(|line| (line.stream, &*line.text)).collect();
        let out = |text| (Output::Out, text);
        assert_eq!(texts, [out("one"), out("two"), out("three"), (Output::Err, "oh no"), out("end")]);
    }
}
