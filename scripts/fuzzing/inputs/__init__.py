"""Bad input of every sort: sound originals, and what is made of them."""
