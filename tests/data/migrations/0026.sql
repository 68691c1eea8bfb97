UPDATE send_hour SET urgent = 3;
