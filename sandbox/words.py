"""What people of the pretend world say."""

OPENINGS = (
    "Has anybody else noticed the new schedule?", "Good morning, everyone!",
    "I finally finished the one we talked about last week.", "Quick question before I go to bed",
    "Look what arrived today 📦", "Who is coming on Saturday?", "That was a long day.",
    "Unpopular opinion, but hear me out",
    "Can somebody recommend a good place to start?", "So, about yesterday",
    "I need advice, and you are the only people I trust with this", "Photos are up!",
)  # fmt: skip
REPLIES = (
    "yes!", "no way", "I was thinking the same", "same here", "haha", "👍", "that is lovely",
    "could you say more about that?", "I would not do it like that, honestly", "oh, nice",
    "wait, really?", "thank you, that helps a lot", "let me look it up", "it depends",
    "I have been meaning to try that for ages", "brb, kettle", "sounds good to me",
    "who would have thought", "that explains a lot", "I disagree, but kindly", "see you there",
    "not today, sorry", "this made my day", "is there a recording?", "10/10", "fair enough",
    "we had exactly that last month and it went away by itself after two days or so",
)  # fmt: skip
EMOJI = ("👍", "❤️", "😂", "🎉", "👀", "🙏", "🔥", "😮")
SPAM = (
    "JOIN MY SERVER NOW", "free coins free coins free coins", "follow me follow me follow me",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "buy buy buy, link in my profile",
)  # fmt: skip
SCAMS = (
    "@everyone free nitro for the first 100: http://dlscord-gift.example/claim",
    "I lost access to my wallet, help me at http://wallet-support.example/verify",
    "Earn 500 a day from home http://easy-money.example",
)
INSULTS = (
    "you are an idiot and everybody here knows it", "nobody wants you here, get lost",
    "what a stupid thing to say, as always", "shut up already, clown",
)  # fmt: skip
