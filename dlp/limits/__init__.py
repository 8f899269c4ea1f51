"""How much one caller may ask for: token buckets per minute and a cap on what runs at once; in this process, or shared by several."""
