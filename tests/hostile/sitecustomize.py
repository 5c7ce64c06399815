"""File systems without comfort, for a Python process that finds this on its path.

HOSTILE=nfs: a file that is removed while this process has it open stays, under another name, as on NFS.
HOSTILE=ENOSYS (or another error): files cannot be locked.
"""

import errno
import os

HOSTILE = os.environ.get("HOSTILE", "")


def in_use(path, folder):
    """Whether this process has a file open or mapped."""
    found = os.stat(path, dir_fd=folder, follow_symlinks=False)
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.path.samestat(os.stat(f"/proc/self/fd/{number}"), found):
                return True
        except OSError:
            continue
    with open("/proc/self/maps") as maps:
        return any(line.split()[4] == str(found.st_ino) for line in maps)


def lingering(unlink):
    def removed(path, *, dir_fd=None):
        if ".nfs" in os.fspath(path) and in_use(path, dir_fd):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), path)
        if in_use(path, dir_fd):
            folder, name = os.path.split(os.fspath(path))
            aside = os.path.join(folder, f".nfs-{name}")
            return os.rename(path, aside, src_dir_fd=dir_fd, dst_dir_fd=dir_fd)
        return unlink(path, dir_fd=dir_fd)

    return removed


def refused(descriptor, how):
    number = getattr(errno, HOSTILE)
    raise OSError(number, os.strerror(number))


if HOSTILE == "nfs":
    os.unlink = os.remove = lingering(os.unlink)
elif HOSTILE:
    import fcntl

    fcntl.flock = refused
