"""The questions, and the probes that judge the answers, one file for each subject."""
