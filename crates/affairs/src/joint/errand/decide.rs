//! The way of an errand between two places, as one table.

/// How two places work together.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Mode {
    /// 全程网办: applied for online at a terminal of the receiving place, decided at home; no paper travels.
    Online,
    /// 异地代收代办: the receiving place checks identity and form and sends the papers home, which sends the result back.
    Forward,
    /// 多地联办: one place receives, agencies of several places work on the papers together on the platform.
    Together,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Online, Self::Forward, Self::Together];

    /// The word in tables, the catalogue and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Forward => "forward",
            Self::Together => "together",
        }
    }

    /// Reads [`Mode::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.word() == word)
    }
}

/// How far an errand has come.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Leg {
    /// With the receiving place.
    Received,
    /// On its way to the deciding place.
    Sent,
    /// Receipted by the deciding place.
    Taken,
    /// The result is on its way back.
    Returned,
    /// The applicant has it; nothing more is to be done.
    Delivered,
}

impl Leg {
    /// Every leg, in order.
    pub const ALL: [Self; 5] = [Self::Received, Self::Sent, Self::Taken, Self::Returned, Self::Delivered];

    /// The word in tables and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
            Self::Taken => "taken",
            Self::Returned => "returned",
            Self::Delivered => "delivered",
        }
    }

    /// Reads [`Leg::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.word() == word)
    }

    /// The leg after `step`; `decided`: the case has ended. None where the step may not be taken now.
    pub fn after(self, mode: Mode, step: Step, decided: bool) -> Option<Self> {
        match (self, step) {
            (Self::Received, Step::Send) if mode != Mode::Online => Some(Self::Sent),
            (Self::Sent, Step::Take) => Some(Self::Taken),
            (Self::Taken, Step::Return) if decided => Some(Self::Returned),
            (Self::Returned, Step::Deliver) => Some(Self::Delivered),
            // No paper travels: the result is an e-licence, handed out where it was applied for.
            (Self::Received, Step::Deliver) if mode == Mode::Online && decided => Some(Self::Delivered),
            _ => None,
        }
    }
}

/// What a place does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    /// The receiving place sends the papers.
    Send,
    /// The deciding place receipts them.
    Take,
    /// The deciding place sends the result back.
    Return,
    /// The receiving place hands it to the applicant.
    Deliver,
}

/// Which of the two places.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Side {
    /// Where it was received.
    Receiving,
    /// Where it is decided.
    Deciding,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 4] = [Self::Send, Self::Take, Self::Return, Self::Deliver];

    /// The word in addresses and the API.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Send => "send",
            Self::Take => "take",
            Self::Return => "return",
            Self::Deliver => "deliver",
        }
    }

    /// Reads [`Step::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whose it is.
    pub const fn side(self) -> Side {
        match self {
            Self::Send | Self::Deliver => Side::Receiving,
            Self::Take | Self::Return => Side::Deciding,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_ends_with_the_applicant_and_no_step_is_taken_twice() {
        for mode in Mode::ALL {
            let (mut leg, mut taken) = (Leg::Received, Vec::new());
            while let Some((step, next)) =
                Step::ALL.iter().find_map(|step| leg.after(mode, *step, true).map(|next| (*step, next)))
            {
                taken.push(step);
                leg = next;
            }
            assert_eq!(leg, Leg::Delivered, "{mode:?}");
            let all = if mode == Mode::Online { vec![Step::Deliver] } else { Step::ALL.to_vec() };
            assert_eq!(taken, all);
        }
    }

    #[test]
    fn nothing_goes_back_before_the_decision() {
        for mode in Mode::ALL {
            for leg in Leg::ALL {
                assert_eq!(leg.after(mode, Step::Return, false), None);
                assert!(leg.after(mode, Step::Deliver, false).is_none() || leg == Leg::Returned);
            }
        }
    }
}
