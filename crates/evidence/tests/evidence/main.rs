//! The evidence room from outside: public test data, OpenSSL's command line, the attack list, and readers under noise.

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod judges;
#[cfg(test)]
mod licences;
#[cfg(test)]
mod openssl;
#[cfg(test)]
mod readers;
