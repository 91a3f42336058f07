from . import om_exception_resolve
