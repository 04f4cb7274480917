"""The detective: the catalog of known failures and the engines that find them. Pure: text in, findings out."""
