UPDATE broadcast SET submitted_cautions = 'everyone,few' WHERE state = 'sending';
