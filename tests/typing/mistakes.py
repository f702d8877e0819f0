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

ChatWeryAI(model="GPT_4O", tempreature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ChatWeryAI(model="GPT_4O", max_token=100)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ChatWeryAI(model="GPT_4O", websearch=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ChatWeryAI(model="GPT_4O", apikey="key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
WeryAI(model="GPT_4O", tempreature=0.5)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
WeryAI(model="GPT_4O", url="http://localhost")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Client(apikey="key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
AsyncClient(retries=3)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Emulator(key="key")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

# Values of arguments

ChatWeryAI(model="GPT_4O", temperature="hot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model="GPT_4O", max_tokens="many")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model="GPT_4O", message_overflow="tirm")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model="GPT_4O", tool_calling="promted")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model="GPT_4O", echo_reasoning="always")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model="GPT_4O", api_key=12345)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model="GPT_4O", stop=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI(model=4)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
ChatWeryAI("GPT_4O")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
ChatWeryAI(temperature=0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
WeryAI(model="GPT_4O", temperature="hot")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
WeryAI(model="GPT_4O", message_overflow="tirm")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
WeryAI(model="GPT_4O", api_key=12345)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
WeryAI(temperature=0)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Client(api_key=12345)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Client(max_retries="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
Emulator(error_style="opanai")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
settings: ChatWeryAIArguments = {"tempreature": 0.5}  # type: ignore[typeddict-unknown-key]  # pyright: ignore[reportAssignmentType]

# Methods and their arguments

model.invok("Hello")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
model.invoke(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
model.bind_tools(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
model.bind_tools([], tool_choice=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
llm.complete(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
llm.compleet("Hello")  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
llm.chat("Hello")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
model_info(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

# Results

model.invoke("Hello").txt  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
number: int = model.invoke("Hello")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
model.with_structured_output(Joke).invoke("A joke").punchlin  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
model.with_structured_output("Joke")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
model.with_structured_output(Joke, method="json")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
message: AIMessage = model.with_structured_output(Joke).invoke("A joke")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
model.with_structured_output(Joke, include_raw=True).invoke("A joke")["prased"]  # type: ignore[typeddict-item]  # pyright: ignore[reportGeneralTypeIssues]
model.with_structured_output(Joke, include_raw=True).invoke("A joke")["parsed"].setup  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
model.with_structured_output({"title": "Joke"}).invoke("A joke").setup  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
llm.chat([]).txt  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
