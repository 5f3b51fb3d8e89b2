"""How fast is it, on this machine, with the figures and the way to take them side by side?"""
