"""What do operators and storefronts read of the mails?"""
