"""A PostgreSQL server for the tests, and databases on it: Debian's server, started by pytest-postgresql.

The server refuses to run as root; there it runs as the account ``postgres`` that its package makes, in a folder of that
account's own.
"""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytest_postgresql.executor import PostgreSQLExecutor
from pytest_postgresql.janitor import DatabaseJanitor
from sqlalchemy import URL

from ecg_core.review.database import engine

USER = "postgres"
_numbers = itertools.count(1)


def program() -> str | None:
    """Return the path of ``pg_ctl``; None where no server is installed."""
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda file: int(file.parts[-3]))
    return str(newest[-1]) if newest else shutil.which("pg_ctl")


class Server:
    """A server that listens on this machine, with one database of the program from which others are copied."""

    def __init__(self, executor: PostgreSQLExecutor) -> None:
        self.executor = executor
        self.make("template", None)
        engine(self.url("template")).dispose()

    def url(self, name: str) -> URL:
        """Return the address of a database."""
        return URL.create("postgresql+psycopg", USER, host=self.executor.host, port=self.executor.port, database=name)

    def make(self, name: str, template: str | None) -> None:
        """Make a database: a copy of another one, or an empty one."""
        self._janitor(name, template).init()

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._janitor(name, None).drop()

    def _janitor(self, name: str, template: str | None) -> DatabaseJanitor:
        executor = self.executor
        return DatabaseJanitor(
            user=USER,
            host=executor.host,
            port=executor.port,
            dbname=name,
            template_dbname=template,
            version=executor.version,
        )

    def kill(self) -> None:
        """End the server at once, as a crash does."""
        self._control("stop", "-m", "immediate")

    def start_again(self) -> None:
        """Start the server after it was ended."""
        options = f"-F -p {self.executor.port} -c unix_socket_directories='{self.executor.unixsocketdir}'"
        self._control("start", "-w", "-l", self.executor.logfile, "-o", f"{options} {self.executor.postgres_options}")

    def _control(self, what: str, *words: str) -> None:
        command = [self.executor.executable, what, "-D", self.executor.datadir, *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)


class PostgresDatabases:
    """Databases by name, as a folder has files: ``databases / "name"`` is the address of one, made when first named."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._names: dict[str, str] = {}
        self._making = threading.Lock()

    def __truediv__(self, name: str) -> URL:
        return self._place(name, "template")

    def empty(self, name: str) -> URL:
        """Return the address of a database without tables."""
        return self._place(name, None)

    def _place(self, name: str, template: str | None) -> URL:
        with self._making:
            if name not in self._names:
                made = f"test_{os.getpid()}_{next(_numbers)}"
                self.server.make(made, template)
                self._names[name] = made
            return self.server.url(self._names[name])

    def drop(self) -> None:
        """Remove them all."""
        for name in self._names.values():
            self.server.drop(name)


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server; skips the test where none is installed."""
    found = program()
    if found is None:
        pytest.skip("needs a PostgreSQL server: apt-get install postgresql (make test does so where it may)")
    # Short, since the path of a socket is limited; and not in pytest's folder, which the account may not enter.
    folder = Path(tempfile.mkdtemp(prefix="rs-pg-"))
    try:
        if os.geteuid() == 0:
            found = _as_account(found, folder)
        executor = PostgreSQLExecutor(
            executable=found,
            host="127.0.0.1",
            port=_free_port(),
            user=USER,
            dbname="postgres",
            datadir=str(folder / "data"),
            unixsocketdir=str(folder),
            logfile=str(folder / "log"),
            startparams="-w",
            postgres_options="-c max_connections=200 -c shared_buffers=16MB",
        )
        with executor:
            yield Server(executor)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_account(found: str, folder: Path) -> str:
    """Return a program that runs ``pg_ctl`` as an account that owns the folder."""
    try:
        account = pwd.getpwnam(USER)
    except KeyError:
        pytest.skip("needs the account postgres, as which a PostgreSQL server runs where the tests run as root")
    os.chown(folder, account.pw_uid, account.pw_gid)
    script = folder / "pg_ctl"
    script.write_text(f'#!/bin/sh\ncd "{folder}" && exec runuser -u {USER} -- "{found}" "$@"\n')
    script.chmod(0o755)
    return str(script)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
