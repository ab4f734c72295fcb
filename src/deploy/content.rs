//! A module's content on its way into a container that has been created and not yet started.
//!
//! The files of the operation's own modules are at hand. Those of a subscriber, and of a former version whose hooks run once
//! more, are not: they are copied from an instance that has them. What an application has written below that folder comes
//! along then, as it would stay in a container that is not replaced.

use super::failure::Problem;
use super::site::{Home, Site};
use crate::engine::Engine;
use crate::package::content::{self, Content};
use crate::plan::fingerprint::has_fingerprint;
use crate::plan::observed::Role;
use crate::plan::unit::Unit;
use futures_util::{Stream, stream};
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Puts the content of a module where its unit says. Without content there is nothing to do.
pub(super) async fn fill<E: Engine>(
    site: &Site<'_, E>,
    home: Home<'_>,
    unit: &Unit,
    container: &str,
) -> Result<(), Problem> {
    let Some(wanted) = &unit.content else { return Ok(()) };
    let at_hand = site.contents.get(&unit.module).filter(|content| content.digest == wanted.digest);
    if let Some(content) = at_hand {
        let (files, trouble) = poured(Arc::clone(content), wanted.at.clone());
        let filled = site.engine.fill(container, files).await;
        // The engine only sees that the stream ended; why is known here.
        let trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        return match trouble {
            Some(what) => Err(Problem::Moved(format!("the content of `{}` cannot be copied: {what}", unit.module))),
            None => Ok(filled?),
        };
    }
    let there = site.engine.observe(home.deployment, &[]).await?.containers;
    let mut instances: Vec<_> = there
        .iter()
        .filter(|other| other.module == unit.module && other.role == Role::Instance && other.id != container)
        .collect();
    instances.sort_by_key(|other| !has_fingerprint(unit, &other.config_hash));
    match instances.first() {
        Some(holder) => {
            let folder = content::empty_folder(&wanted.at);
            site.engine.fill(container, stream::iter([folder])).await?;
            Ok(site.engine.copy_folder(&holder.id, container, &wanted.at).await?)
        }
        None => {
            let what = format!("the content of `{}` is nowhere: none of its containers is there any more", unit.module);
            Err(Problem::Moved(what))
        }
    }
}

type Trouble = Arc<Mutex<Option<io::Error>>>;

/// The files as a stream, made by a thread while it is read. What goes wrong there is left in the second part.
fn poured(
    content: Arc<Content>,
    folder: String,
) -> (impl Stream<Item = io::Result<Vec<u8>>> + Send + 'static, Trouble) {
    const PIECE: usize = 64 << 10;
    // So many pieces may be on their way; the thread waits when nobody takes them.
    const PIECES: usize = 8;
    let (sender, receiver) = mpsc::channel(PIECES);
    let trouble = Trouble::default();
    let told = Arc::clone(&trouble);
    tokio::task::spawn_blocking(move || {
        let mut pipe = BufWriter::with_capacity(PIECE, Pipe(sender.clone()));
        match content.pour(&folder, &mut pipe).and_then(|()| pipe.flush()) {
            Ok(()) => {}
            // The reader has gone away, and has its own reason.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => drop(pipe.into_parts()),
            Err(error) => {
                drop(pipe.into_parts());
                let broken = io::Error::other(error.to_string());
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                // Nobody may be listening any more.
                let _ = sender.blocking_send(Err(broken));
            }
        }
    });
    let stream = stream::unfold(receiver, |mut receiver| async move { Some((receiver.recv().await?, receiver)) });
    (stream, trouble)
}

struct Pipe(mpsc::Sender<io::Result<Vec<u8>>>);

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.blocking_send(Ok(bytes.to_owned())).map_err(|_| io::ErrorKind::BrokenPipe)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
