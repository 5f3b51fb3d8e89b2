"""How are a service's tables made anew beside the live ones, compared and swapped?"""
