//! A disk that is small enough to be filled.

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A small file system in a file, mounted through a loop device; gone with the value. Where there are no loop devices, one
/// in memory.
pub struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    pub fn new(bytes: u64) -> Option<SmallDisk> {
        let (folder, image) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
        image.as_file().set_len(bytes).unwrap();
        let done = |command: &mut Command| command.output().is_ok_and(|output| output.status.success());
        let looped = done(Command::new("mkfs.ext4").arg("-q").arg(image.path()))
            && done(Command::new("mount").args(["-o", "loop"]).arg(image.path()).arg(folder.path()));
        let size = format!("size={bytes}");
        let mounted =
            looped || done(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()));
        // The mount holds the file; its name is needed no longer.
        mounted.then_some(SmallDisk(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).output();
    }
}

/// Writes until nothing more fits. What a file system holds back for itself it gives away after a while, so it is asked
/// several times.
pub fn fill(path: &Path) {
    let mut file = std::fs::File::create(path).unwrap();
    for _ in 0..5 {
        while file.write_all(&[0; 1024]).is_ok() {}
        let _ = file.sync_all();
    }
}
