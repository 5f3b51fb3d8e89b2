"""What is done about what was set aside, damaged or lost?"""
