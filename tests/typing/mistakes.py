"""What users write by mistake. Type checkers must report each line that says so; it is not run.

Each mistake stands on one line, with the code of the error that mypy and pyright report. Both also
report a comment that suppresses nothing, so a mistake that passes unnoticed fails the check.
"""

from langchain_core.messages import AIMessage
from pydantic import BaseModel

from langchain_weryai import ChatWeryAI
from langchain_weryai.arguments import ChatWeryAIArguments
from llama_index_weryai import WeryAI
from weryai_core import AsyncClient, Client, model_info
from weryai_emulator import Emulator


class Joke(BaseModel):
    setup: str
    punchline: str


model = ChatWeryAI(model="GPT_4O")
llm = WeryAI(model="GPT_4O")

# Names of arguments

ChatWeryAI(model="GPT_4O", tempreature=0.5)
ChatWeryAI(model="GPT_4O", max_token=100)
ChatWeryAI(model="GPT_4O", websearch=True)
ChatWeryAI(model="GPT_4O", apikey="key")
WeryAI(model="GPT_4O", tempreature=0.5)
WeryAI(model="GPT_4O", url="http://localhost")
Client(apikey="key")
AsyncClient(retries=3)
Emulator(key="key")
model.bind_tools([], tool_chioce=1).invoke("Hello")["text"]

# Values of arguments

ChatWeryAI(model="GPT_4O", temperature="hot")
ChatWeryAI(model="GPT_4O", max_tokens="many")
ChatWeryAI(model="GPT_4O", message_overflow="tirm")
ChatWeryAI(model="GPT_4O", tool_calling="promted")
ChatWeryAI(model="GPT_4O", echo_reasoning="always")
ChatWeryAI(model="GPT_4O", api_key=12345)
ChatWeryAI(model="GPT_4O", stop=5)
ChatWeryAI(model=4)
ChatWeryAI("GPT_4O")
ChatWeryAI(temperature=0)
WeryAI(model="GPT_4O", temperature="hot")
WeryAI(model="GPT_4O", message_overflow="tirm")
WeryAI(model="GPT_4O", api_key=12345)
WeryAI(temperature=0)
Client(api_key=12345)
Client(max_retries="3")
Emulator(error_style="opanai")
settings: ChatWeryAIArguments = {"tempreature": 0.5}

# Methods and their arguments

model.invok("Hello")
model.invoke(5)
model.bind_tools(5)
model.bind_tools([], tool_choice=5)
llm.complete(5)
llm.compleet("Hello")
llm.chat("Hello")
model_info(5)

# Results

model.invoke("Hello").txt
number: int = model.invoke("Hello")
model.with_structured_output(Joke).invoke("A joke").punchlin
model.with_structured_output("Joke")
model.with_structured_output(Joke, method="json")
message: AIMessage = model.with_structured_output(Joke).invoke("A joke")
model.with_structured_output(Joke, include_raw=True).invoke("A joke")["prased"]
model.with_structured_output(Joke, include_raw=True).invoke("A joke")["parsed"].setup
model.with_structured_output({"title": "Joke"}).invoke("A joke").setup
llm.chat([]).txt
