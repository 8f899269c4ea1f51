"""Restoring by hand: a person is shown what tokens stand for, with a role, a passcode, a reason, for a limited time, and on the record.

`operators` says who may do what, with scrypt hashes of their passcodes, in one file. `ledger` keeps tries and grants, in a database
that outlives the process. `desk` has the rules, and writes the record before anything is shown. `lookup` finds the tokens of a text and
their values in the vault.
"""
