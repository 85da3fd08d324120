-- The agency in whose name an entrusted agency decides (Administrative Licensing Law, article 24); null where the deciding
-- agency decides in its own.
ALTER TABLE case_file ADD COLUMN in_name_of TEXT;
