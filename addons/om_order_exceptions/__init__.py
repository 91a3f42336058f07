from . import controllers
from . import models
from . import wizard
from .append_only import drop_guard
from .planned import drop_functions


def uninstall_hook(env):
    """Take the guard off the events, so that their table can go, and our functions with it."""
    drop_guard(env.cr)
    drop_functions(env.cr)
