//! The rooms of the house: what a government's counter does, without HTTP and without HTML.
//!
//! Ground: [`catalog`], [`region`]. First floor: [`access`], [`register`], [`licence`], [`message`], [`powers`],
//! [`material`].
//! The spine: [`approval`]. Above it: [`supervision`], [`credit`], [`light`], [`rating`], [`joint`], [`ticket`], [`agent`], [`window`], [`workshop`]. A room uses only rooms of the floors below it.

pub mod access;
pub mod agent;
pub mod approval;
pub mod catalog;
pub mod credit;
pub mod joint;
pub mod licence;
pub mod light;
pub mod material;
pub mod message;
pub mod powers;
pub mod rating;
pub mod region;
pub mod register;
pub mod supervision;
pub mod ticket;
pub mod window;
pub mod workshop;

/// The rooms above the spine that take part in grants and decisions, in this order: the whole list.
pub const REACTORS: &[approval::Reactor] = &[
    approval::Reactor::Granted(supervision::on_granted),
    approval::Reactor::Decided(rating::on_decided),
    approval::Reactor::Decided(agent::on_decided),
];
