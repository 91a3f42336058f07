from . import om_edi_profile
from . import om_edi_profile_lines
