namespace SaeKernels.Abstractions;

/// <summary>The checks that every encoder makes.</summary>
internal static class EncoderShapes
{
    public static void Require(string operation, RealMatrix input, RealMatrix wEnc, RealBuffer bEnc, AuxSelection? aux)
    {
        Shape.RequireMatrix(operation, "WEnc", wEnc, wEnc.Rows, input.Columns);
        Shape.RequireLength(operation, "BEnc", bEnc, wEnc.Rows);
        if (aux is AuxSelection selection)
        {
            Shape.RequireLength(operation, "Aux.Mask", selection.Mask, wEnc.Rows);
            RequireK(operation, "Aux.K", selection.K, "Change Aux.K.", wEnc.Rows);
            RequireRoom(operation, "Aux.Codes", selection.Codes, input.Rows, (long)input.Rows * selection.K);
        }
    }

    // The remedy comes ready: text put together here would be allocated in every step.
    public static void RequireK(string operation, string name, int k, string remedy, int latents) => Shape.Require(
        k >= 1 && k <= latents,
        operation,
        $"{name} must be between 1 and DSae = {latents}, but is {k}.",
        remedy);

    public static void RequireRoom(string operation, string name, SparseCodes? codes, int rows, long entries) =>
        Shape.Require(
            codes is not null && codes.MaxRows >= rows && codes.Capacity >= entries,
            operation,
            $"{name} must have room for {rows} rows and {entries} entries, "
            + $"but has {codes?.MaxRows ?? 0} and {codes?.Capacity ?? 0}.",
            "Allocate larger codes.");
}
