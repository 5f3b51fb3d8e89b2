"""What do the mails say? A template per mail and language; layout, parts and words are what all are made with."""
