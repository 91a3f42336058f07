from . import om_exception_resolve
from . import om_intake_upload
