import sys
from .counts import count
sys.exit(0 if count([a for a in sys.argv[1:] if a[0] != "-"], "--set" in sys.argv) else 1)
