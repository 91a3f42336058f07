from . import gs1_label
from . import om_edi_timeliness
