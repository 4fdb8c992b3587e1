//! What the disk under our files is like: a reserve for the day it is full, and whether it
//! is another machine's. Must not know what the files hold.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Held back so that what was typed can be saved on a full disk.
const BALLAST: usize = 1 << 20;
const NAME: &str = "ballast";

/// Makes the reserve where it is missing or short. A disk without room for it is full
/// already, which is told when it matters.
pub(super) fn keep_ballast(dir: &Path) {
    let path = dir.join(NAME);
    let whole = fs::metadata(&path).is_ok_and(|meta| meta.len() == BALLAST as u64);
    if whole {
        return;
    }
    // Written out, for a hole in a file reserves nothing.
    let written = super::file::private_file(&path).and_then(|mut file| {
        file.set_len(0)?;
        file.write_all(&vec![0x5f; BALLAST])?;
        file.sync_all()
    });
    if written.is_err() {
        let _ = fs::remove_file(&path);
    }
}

/// Gives the reserve up; says whether there was one.
pub(super) fn drop_ballast(dir: &Path) -> io::Result<bool> {
    match fs::remove_file(dir.join(NAME)) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the folder is on a file system of another machine, where memory cannot be shared
/// between processes and locks are promises.
#[cfg(target_os = "linux")]
pub(super) fn is_remote(dir: &Path) -> bool {
    rustix::fs::statfs(dir).is_ok_and(|found| is_remote_kind(found.f_type as u64))
}

/// Whether the folder is on a file system of another machine: not known here.
#[cfg(not(target_os = "linux"))]
pub(super) fn is_remote(_dir: &Path) -> bool {
    false
}

/// By the number a file system goes by (statfs(2)).
#[cfg(any(target_os = "linux", test))]
fn is_remote_kind(kind: u64) -> bool {
    const REMOTE: [u64; 11] = [
        0x6969,      // NFS
        0x517b,      // SMB
        0xff53_4d42, // CIFS
        0xfe53_4d42, // SMB 2
        0x0102_1997, // 9P
        0x5346_414f, // AFS
        0x00c3_6400, // Ceph
        0x0bd0_0bd0, // Lustre
        0x7375_7245, // Coda
        0x0116_1970, // GFS2
        0x7461_636f, // OCFS2
    ];
    REMOTE.contains(&(kind & 0xffff_ffff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserve_is_kept_whole_and_given_up_once() {
        let dir = tempfile::tempdir().unwrap();
        keep_ballast(dir.path());
        let path = dir.path().join(NAME);
        assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 20);
        fs::write(&path, "short").unwrap();
        keep_ballast(dir.path());
        assert_eq!(fs::metadata(&path).unwrap().len(), 1 << 20);
        assert!(drop_ballast(dir.path()).unwrap());
        assert!(!drop_ballast(dir.path()).unwrap());
    }

    #[test]
    fn file_systems_of_other_machines_are_known() {
        assert!(is_remote_kind(0x6969) && is_remote_kind(0xffff_ffff_ff53_4d42));
        let (ext4, tmpfs, btrfs, fuse) = (0xef53, 0x0102_1994, 0x9123_683e, 0x6573_5546);
        assert!(
            [ext4, tmpfs, btrfs, fuse]
                .iter()
                .all(|kind| !is_remote_kind(*kind))
        );
    }
}
