"""Every read that pages, programs or other apps need."""
