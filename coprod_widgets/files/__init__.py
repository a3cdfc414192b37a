"""Files: looked at before they are touched, read whole but bounded, and private where people's words are in them."""
