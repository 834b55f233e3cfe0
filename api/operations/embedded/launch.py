"""Runs a command so that it cannot outlive its parent, on Linux, and as another user where that is asked for.

Started as a program of its own (`python -I -S launch.py …`), standard library only: what happens here between fork and
exec would not be safe inside a process with threads.
"""

import argparse
import ctypes
import os
import pwd
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_SECUREBITS = 28
SECBIT_NO_SETUID_FIXUP = 4
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAPABILITY_VERSION_3 = 0x20080522

CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="launch")
    parser.add_argument("--parent", type=int, required=True, help="process id of whoever starts this")
    parser.add_argument("--when-parent-dies", default="SIGKILL", help="the signal the command gets then")
    parser.add_argument("--user", help="drop root's rights and run as this user")
    parser.add_argument("--may-read-everything", action="store_true", help="keep the right to enter closed folders")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()

    if options.user:
        become(options.user, keep=reading_capability() if options.may_read_everything else None)
    # After the change of user, which clears this setting.
    die_with(options.parent, signal.Signals[options.when_parent_dies])
    os.execvp(options.command[0], options.command)  # noqa: S606  the purpose of this file


def die_with(parent: int, signal_number: int) -> None:
    """Ask the kernel to send `signal_number` to this process when its parent ends, however that ends."""
    if not sys.platform.startswith("linux"):
        return
    _call("prctl", PR_SET_PDEATHSIG, int(signal_number), 0, 0, 0)
    if os.getppid() != parent:  # it ended before we asked
        sys.exit(1)


def become(user: str, keep: int | None) -> None:
    """Give up root for `user`, keeping at most the one capability `keep`."""
    account = pwd.getpwnam(user)
    if keep is not None:
        # Without this the kernel forgets the capability whenever a program asks what it may access, as PostgreSQL does.
        _call("prctl", PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0)
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    if keep is not None:
        mask = 1 << keep
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        data = (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0)  # effective, permitted, inheritable
        _call("capset", ctypes.byref(header), ctypes.byref(data))
        _call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, keep, 0, 0)


def reading_capability() -> int | None:
    """The weakest capability this process holds that lets it enter folders closed to others."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123  pathlib costs start-up time here
            permitted = next(int(line.split()[1], 16) for line in status if line.startswith("CapPrm"))
    except (OSError, StopIteration):
        return None
    return next((cap for cap in (CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE) if permitted >> cap & 1), None)


def _call(function: str, *arguments: object) -> None:
    """Call the C library; a refusal ends this process rather than letting it go on with the wrong rights."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, function)(*arguments) != 0:
        reason = os.strerror(ctypes.get_errno())
        sys.exit(f"launch: {function} was refused ({reason}). Start as an ordinary user, or in a folder open to all.")


if __name__ == "__main__":
    main()
