"""A real S3 store on loopback: the smallest Ceph that answers (one monitor, one disk, one gateway).

Why Ceph: it is the one S3 server in Debian that signs, ranges, conditions and fails as S3 does. The "disk" is a sparse
file. One copy, no cluster manager: it proves the protocol, it promises nothing about durability.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

from scripts.services.daemon import Daemon, ServiceError, is_open, locked, pick_port

PROGRAMS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "ceph-authtool", "monmaptool")
ACCESS_KEY = "playhead-tests"
SECRET_KEY = "a-secret-of-the-tests-alone"
READY_S = 120
OSD_PORTS = 40  # the disk takes several ports, from a range
CONF = """\
[global]
fsid = {fsid}
mon_host = v2:127.0.0.1:{mon_port}
mon_initial_members = a
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
ms_bind_msgr1 = false
ms_bind_port_min = {osd_port}
ms_bind_port_max = {osd_port_last}
auth_allow_insecure_global_id_reclaim = false
keyring = {state}/keyring
run_dir = {state}/run
crash_dir = {state}/crash
log_file = {state}/log/$name.log
log_to_stderr = false
admin_socket =
pid_file =
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
mon_warn_on_pool_no_redundancy = false
[mon]
mon_data = {state}/mon
mon_cluster_log_file = {state}/log/cluster.log
mon_data_avail_crit = 1
mon_data_avail_warn = 2
[osd]
osd_data = {state}/osd
osd_objectstore = bluestore
osd_memory_target = 939524096
osd_class_update_on_start = false
osd_max_scrubs = 0
bluestore_block_size = 10737418240
[client.rgw]
rgw_frontends = beast endpoint=127.0.0.1:{s3_port}
rgw_data = {state}/rgw
rgw_thread_pool_size = 32
rgw_relaxed_region_enforcement = true
"""


class RadosGW:
    name = "S3 (Ceph RadosGW)"

    def __init__(self, state: Path, port: int = 19000) -> None:
        self.state = state / "ceph"
        self.wanted_port = port
        self.conf = self.state / "ceph.conf"
        self.mon, self.osd, self.gateway = (Daemon(name, self.state) for name in ("mon", "osd", "radosgw"))

    def is_installed(self) -> bool:
        return all(shutil.which(program) for program in PROGRAMS)

    @property
    def port(self) -> int:
        return int((self.state / "port").read_text())

    @property
    def env(self) -> dict[str, str]:
        return {
            "S3_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "S3_ACCESS_KEY_ID": ACCESS_KEY,
            "S3_SECRET_ACCESS_KEY": SECRET_KEY,
        }

    def start(self) -> None:
        """Start the cluster, made anew the first time, and return when the gateway answers and our user exists."""
        if not self.is_installed():
            raise ServiceError("Ceph is not installed (ceph-mon, ceph-osd, radosgw, ceph-common)")
        with locked(self.state):
            if self.mon.pid and self.osd.pid and self.gateway.pid and self.is_ready():
                return
            self._stop()
            is_new = not (self.state / "made").exists() or is_open(self.port)  # the ports are part of what was made
            try:
                self._start(is_new)
            except (ServiceError, subprocess.SubprocessError):
                self._stop()
                raise

    def stop(self) -> None:
        with locked(self.state):
            self._stop()

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=2):
                return True
        except urllib.error.HTTPError as error:
            return error.code == 403  # it answers, and wants a signature
        except OSError:
            return False

    def _start(self, is_new: bool) -> None:
        if is_new:
            self._forget()
            self._configure()
            self._make_monitor()
        self._spawn(self.mon, "ceph-mon", "-f", "-i", "a")
        if is_new:
            self._make_disk()
        self._spawn(self.osd, "ceph-osd", "-f", "-i", "0")
        self._spawn(self.gateway, "radosgw", "-f", "-n", "client.rgw")
        self.gateway.wait(self._is_ready_or_dead, READY_S)
        if not self.is_ready():
            raise ServiceError(f"Ceph ended while starting:\n{self.mon.tail()}\n{self.osd.tail()}")
        if is_new:
            user = ("--uid=playhead", "--display-name=playhead", f"--access-key={ACCESS_KEY}", f"--secret-key={SECRET_KEY}")
            self._run("radosgw-admin", "-n", "client.rgw", "user", "create", *user)
            (self.state / "made").touch()

    def _is_ready_or_dead(self) -> bool:
        return self.is_ready() or not self.mon.pid or not self.osd.pid

    def _stop(self) -> None:
        for daemon in (self.gateway, self.osd, self.mon):
            daemon.stop()

    def _forget(self) -> None:
        for name in ("made", "mon", "osd", "rgw", "crash", "keyring", "monmap"):
            path = self.state / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for name in ("mon", "osd", "rgw", "crash", "run", "log"):
            (self.state / name).mkdir(exist_ok=True)

    def _configure(self) -> None:
        port = pick_port(self.wanted_port)
        (self.state / "port").write_text(str(port))
        mon_port = pick_port(port + 1)
        osd_port = mon_port + 9
        values = {"fsid": uuid.uuid4(), "state": self.state, "s3_port": port, "mon_port": mon_port}
        self.conf.write_text(CONF.format(**values, osd_port=osd_port, osd_port_last=osd_port + OSD_PORTS))

    def _make_monitor(self) -> None:
        keyring, monmap = str(self.state / "keyring"), str(self.state / "monmap")
        self._run("ceph-authtool", "--create-keyring", keyring, with_conf=False)
        for name, *caps in (
            ("mon.", "mon", "allow *"),
            ("client.admin", "mon", "allow *", "osd", "allow *"),
            ("client.rgw", "mon", "allow rwx", "osd", "allow rwx"),
            ("osd.0", "mon", "allow profile osd", "osd", "allow *"),
        ):
            flags = [part for who, what in zip(caps[::2], caps[1::2], strict=True) for part in ("--cap", who, what)]
            self._run("ceph-authtool", keyring, "--gen-key", "-n", name, *flags, with_conf=False)
        fsid = next(line for line in self.conf.read_text().splitlines() if line.startswith("fsid")).split()[-1]
        mon_host = next(line for line in self.conf.read_text().splitlines() if line.startswith("mon_host")).split()[-1]
        self._run(
            "monmaptool", "--create", "--clobber", "--addv", "a", f"[{mon_host}]", "--fsid", fsid, monmap, with_conf=False
        )
        self._run("ceph-mon", "--mkfs", "-i", "a", "--keyring", keyring, "--monmap", monmap)

    def _make_disk(self) -> None:
        disk = str(uuid.uuid4())
        self._run("ceph", "osd", "new", disk)
        self._run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)

    def _spawn(self, daemon: Daemon, program: str, *args: str) -> None:
        daemon.start([program, "-c", str(self.conf), *args], env={"CEPH_ARGS": "", "CEPH_CONF": str(self.conf)})

    def _run(self, program: str, *args: str, with_conf: bool = True) -> None:
        argv = [program, *(["-c", str(self.conf)] if with_conf else []), *args]
        began = time.monotonic()
        done = subprocess.run(argv, check=False, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=READY_S)
        if done.returncode:
            took = time.monotonic() - began
            raise ServiceError(f"{' '.join(argv)} failed after {took:.0f} s:\n{done.stdout[-800:]}{done.stderr[-800:]}")
