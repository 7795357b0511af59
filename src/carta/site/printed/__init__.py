"""What every printed form of the book shares, on paper and on an e-reader: its figures and its appendices."""
