from . import test_access
from . import test_detectors
from . import test_events
from . import test_exception_life_cycle
from . import test_gates
from . import test_intake
from . import test_resolve
