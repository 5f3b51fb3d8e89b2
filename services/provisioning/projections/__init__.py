"""What do the panel, operators and timers read of services and sign-ins?"""
