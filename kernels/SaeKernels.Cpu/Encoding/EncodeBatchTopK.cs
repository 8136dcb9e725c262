using SaeKernels.Abstractions;

namespace SaeKernels.Cpu;

/// <summary>
/// Computes   p = b_enc + W_enc · x; the batch · K largest positive p of the batch, and the smallest of them
/// Work       2 · batch · DSae · DIn FLOP
/// Traffic    4 · DSae · DIn · (3 + batch / 96) + 64 · batch · K bytes → bound by the multiply-add units
/// Launch     as EncodeTopK, each thread with a list of its own; then one thread merges them and sorts them into rows
/// Shared     DSae · DIn for the packed W_enc; 24 · batch · K bytes a thread        Barriers  one
/// Order      d ascending from b_enc, fused; the selection does not depend on who sees what first; deterministic
/// Error      DIn · 2⁻²⁴ · (|b| + Σ|w·x|); the selection is exact for these numbers
/// Source     Bussmann et al. 2024, §3
/// </summary>
internal static unsafe class EncodeBatchTopK
{
    public static void Run(CpuContext context, in EncodeBatchTopKArguments arguments)
    {
        arguments.Validate();
        context.Scratch.Begin();
        EncoderInputs inputs = new(arguments.Input, arguments.WEnc, arguments.BEnc, arguments.Aux);
        BatchTopKSelection selection = new(context, arguments.Input.Rows, arguments.K);
        Encoder.Run(context, inputs, selection);
        selection.Store(arguments.Codes, arguments.Input.Rows, HostPointers.Of(arguments.Cut));
    }
}
