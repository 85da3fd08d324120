//! The evidence room from outside: public test data, OpenSSL's command line, the attack list, and readers under noise.

mod attacks;
mod judges;
mod openssl;
mod readers;
