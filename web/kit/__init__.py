"""What do all screens share? One style sheet, one layout, sessions in cookies, guarded forms, two languages."""
