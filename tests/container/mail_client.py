"""A client of a mail server: python3 mail_client.py HOST. It delivers a message to root."""

import smtplib
import sys

with smtplib.SMTP(sys.argv[1], timeout=10) as server:
    server.sendmail("joe@localhost", ["root@localhost"], "Subject: x\r\n\r\ny\r\n")
    sys.stdout.write("delivered\n")
