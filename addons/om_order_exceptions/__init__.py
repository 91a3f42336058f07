from . import controllers
from . import models
from . import wizard
from .append_only import drop_guard


def uninstall_hook(env):
    """Take the guard off the events, so that their table can go."""
    drop_guard(env.cr)
