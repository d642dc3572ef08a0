"""Frames and words of the command-like and number sentences."""

FIRST_NAMES = """James Mary John Patricia Robert Jennifer Michael Linda David Elizabeth William Barbara Richard Susan
Joseph Jessica Thomas Sarah Charles Karen Daniel Lisa Matthew Nancy Anthony Betty Mark Margaret Paul Sandra Steven
Ashley Andrew Kimberly Kenneth Emily Joshua Donna Kevin Michelle Brian Carol George Amanda Edward Melissa Ronald
Deborah Timothy Stephanie Jason Rebecca Jeffrey Laura Ryan Sharon Jacob Cynthia Gary Kathleen Nicholas Amy Eric Angela
Jonathan Shirley Stephen Anna Larry Brenda Justin Pamela Scott Emma Brandon Nicole Benjamin Helen Samuel Samantha
Gregory Katherine Frank Christine Alexander Debra Raymond Rachel Patrick Carolyn Jack Janet Dennis Catherine Jerry
Maria Tyler Heather Aaron Diane Henry Olivia Peter Julie Adam Joyce Nathan Victoria Zachary Kelly Walter Lauren Kyle
Judith Harold Martha Carl Megan Arthur Cheryl Roger Alice Keith Hannah Lawrence Jacqueline Albert Ann Joe Grace Bruce
Rose Willie Theresa Oliver Sophie Liam Lucy Noah Chloe Hugh Ruth Simon Claire Ivan Priya Ahmed Yusuf Ming Hiroshi
Carlos Sofia Pedro Fatima Olga Anya Lars Ingrid Pierre Amelie Klaus Greta""".split()

PLACES = """London|Paris|New York|Chicago|Boston|Berlin|Rome|Madrid|Dublin|Edinburgh|Sydney|Toronto|Seattle|Denver|
Dallas|Houston|Atlanta|Miami|Phoenix|Portland|San Francisco|Los Angeles|Washington|Philadelphia|Detroit|Montreal|
Vancouver|Tokyo|Beijing|Moscow|Vienna|Prague|Warsaw|Amsterdam|Brussels|Lisbon|Athens|Oxford|Cambridge|Manchester|
Liverpool|Bristol|Glasgow|Cardiff|the kitchen|the bedroom|the living room|the garage|the office|the hallway|the garden|
the bathroom|the basement|the library|the station|the airport|the hospital|the school|the market|the museum
""".replace("\n", "").split("|")

THINGS = """lights|lamp|radio|television|heating|fan|oven|music|alarm|timer|window|door|curtains|camera|printer|kettle|
coffee machine|washing machine|dishwasher|vacuum cleaner|thermostat|phone|computer|screen|keyboard|volume|report|letter|
message|email|meeting|calendar|shopping list|photograph|document|folder|file|paragraph|sentence|invoice|ticket|
appointment|reminder|weather|news|traffic|recipe|battery|update|password|account|website|browser|spreadsheet
""".replace("\n", "").split("|")

TIMES = """today|tomorrow|tonight|this morning|this afternoon|this evening|next week|next month|on Monday|on Tuesday|
on Wednesday|on Thursday|on Friday|on Saturday|on Sunday|at noon|at midnight|in an hour|in ten minutes|right now|later|
in January|in February|in March|in April|in May|in June|in July|in August|in September|in October|in November|in December
""".replace("\n", "").split("|")

COMMANDS = """turn on the {thing}.|turn off the {thing} in {place}.|please open the {thing}.|close the {thing} {time}.|
what is the weather in {place} {time}?|remind me to call {name} {time}.|send a message to {name}.|
play some music in {place}.|set a timer for {small} minutes.|wake me up at {small} past seven {time}.|
add the {thing} to my shopping list.|how do I get to {place}?|where is the {thing}?|call {name}.|
show me the {thing} from {name}.|I will meet {name} in {place} {time}.|could you read me the {thing}?|
delete the last {thing}.|new paragraph.|open a new {thing}.|save the {thing} and close it.|stop.|go back.|yes.|no.|
thank you very much.|hello {name}, how are you?|I don't know.|let's go to {place} {time}.|
can you tell {name} that I am late?|make it louder.|turn the volume down.|what time is it in {place}?|
is there a train to {place} {time}?|book a table for {small} {time}.|I think the {thing} is broken.|
please write to {name} about the {thing}.|we are going to {place} with {name} and {name}.|
cancel my {thing} {time}.|who wrote this {thing}?|I can't find my {thing}.|good morning, {name}.|good night.|
he said that {name} lives in {place}.|did you hear what {name} said?|it's too cold in {place}.|
find the {thing} I wrote {time}.|the {thing} is on the table.|my name is {name}.|are you coming {time}?|
move the cursor to the next {thing}.|select the whole {thing}.|undo that.|copy the {thing} and paste it here.|
I'd like a cup of tea, please.|what did {name} want?|please don't forget the {thing}.|lock the {thing} in {place}.|
start a new {thing} for {name}.|the meeting with {name} is {time}.|read the next {thing}.|search for {thing}s in {place}.
""".replace("\n", "").split("|")

NUMBER_SENTENCES = """the answer is {number}.|there are {number} people in {place}.|it costs {number} dollars.|
page {number}, line {small}.|{name} is {small} years old.|call me at {small} {small} {small}.|
the train leaves at {small} minutes past six.|chapter {small}.|add {small} and {small}.|it is {small} degrees outside.|
we need {number} more.|about {number} miles from {place}.|room {number} on floor {small}.|
the year nineteen {small}.|nearly {number} of them were lost.|divide {number} by {small}.|
set the temperature to {small} degrees.|{small} percent of {number}.|we walked {small} miles {time}.|
{number} pounds and {small} pence.|at number {small}, {name} Street.|open file number {number}.
""".replace("\n", "").split("|")
