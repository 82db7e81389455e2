"""A PostgreSQL server of our own for the tests of a recorder that writes to one."""

from collections.abc import Iterator
import contextlib
import grp
import os
from pathlib import Path
import pwd
import shutil
import subprocess
from tempfile import mkdtemp

import psycopg2

_PLACES = ("/usr/lib/postgresql/*/bin/initdb", "/usr/local/pgsql*/bin/initdb")
_SERVER = "postgres"


def find() -> Path | None:
    """Return the folder of the server's programs, None if it is not installed."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    places = [path for place in _PLACES for path in Path("/").glob(place[1:])]
    return max(places).parent if places else None


@contextlib.contextmanager
def running(programs: Path) -> Iterator[str]:
    """Run a server that listens on a socket file alone; give the folder of that."""
    folder = Path(mkdtemp(prefix="testo-pg-"))
    user = group = None
    if os.getuid() == 0:
        # The server refuses to run as root.
        user, group = pwd.getpwnam(_SERVER).pw_uid, grp.getgrnam(_SERVER).gr_gid
        shutil.chown(folder, _SERVER, _SERVER)
    data = folder / "data"

    def run(*command: str) -> None:
        subprocess.run(  # noqa: S603 - a server of our own
            command, check=True, cwd=folder, stdout=subprocess.DEVNULL, user=user, group=group
        )

    # In the time zone of its users, as a server is; nothing of it has to survive a power cut.
    fast = (
        "-c timezone=Europe/Berlin -c fsync=off -c full_page_writes=off -c synchronous_commit=off"
    )
    options = f"-k {folder} -c listen_addresses='' {fast}"
    log = str(folder / "log")
    try:
        run(str(programs / "initdb"), "-D", str(data), "-A", "trust", "-U", _SERVER, "-E", "UTF8")
        run(str(programs / "pg_ctl"), "-D", str(data), "-o", options, "-l", log, "-w", "start")
        try:
            yield str(folder)
        finally:
            run(str(programs / "pg_ctl"), "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def database(folder: str, name: str) -> Iterator[str]:
    """Give the address of an empty database."""
    connection = psycopg2.connect(host=folder, user=_SERVER, dbname="postgres")
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{name}"')
        yield f"postgresql://{_SERVER}@/{name}?host={folder}"
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
