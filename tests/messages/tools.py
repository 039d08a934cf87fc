"""Where the tools are. Those from npm go into `.cache/messages`, in the versions of `package.json`."""

import filecmp
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "messages"
AXE = CACHE / "node_modules" / "axe-core" / "axe.min.js"
NU = CACHE / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
CANIEMAIL = CACHE / "node_modules" / "caniemail" / "dist" / "index.js"


def from_npm(tool: Path) -> str | None:
    """Installs what is not there yet; why it can't be used, or None."""
    wanted, installed = HERE / "package.json", CACHE / "package.json"
    if tool.exists() and installed.exists() and filecmp.cmp(wanted, installed, shallow=False):
        return None
    npm = shutil.which("npm")
    if npm is None:
        return "npm is missing"
    CACHE.mkdir(parents=True, exist_ok=True)
    shutil.copy(wanted, installed)
    options = ("--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error")
    done = subprocess.run([npm, "install", *options], cwd=CACHE, capture_output=True, text=True, check=False)
    if done.returncode or not tool.exists():
        installed.unlink()
        return f"npm could not install it: {done.stderr.strip()[-200:]}"
    return None


def program(name: str) -> str | None:
    """Why it can't be used, or None."""
    return None if shutil.which(name) else f"{name} is missing"
