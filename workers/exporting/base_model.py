"""How an exported adapter's own script loads the base model that it belongs on."""

from workers.contract.job import TrainingJob
from workers.contract.options import QuantisationKind
from workers.models import causal
from workers.models.loading import NEVER_QUANTISED


def base_arguments(job: TrainingJob) -> str:
    """The arguments of from_pretrained: number format, revision and quantisation."""
    stored = causal.weight_dtype(job.options) if job.options.task.writes else "torch.float32"
    arguments = f"dtype={stored}"
    if job.base_model.revision and job.base_model.hub_id:
        arguments += f", revision={job.base_model.revision!r}"
    if job.options.quantisation.kind != QuantisationKind.NONE:
        arguments += f", quantization_config={quantisation_source(job)}"
    return arguments


def quantisation_source(job: TrainingJob) -> str:
    """The quantisation of the run as an expression of Python."""
    options = job.options
    kept = f"llm_int8_skip_modules={list(NEVER_QUANTISED)!r}"
    if options.quantisation.kind == QuantisationKind.INT8:
        return f"BitsAndBytesConfig(load_in_8bit=True, {kept})"
    compute = "float32" if options.precision == "fp32" else "bfloat16"
    return (
        f'BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", {kept}, '
        f"bnb_4bit_use_double_quant={options.quantisation.double}, "
        f"bnb_4bit_compute_dtype=torch.{compute})"
    )
