using AdwUNet.Datasets;
using Microsoft.Playwright;

namespace AdwUNet.Interactive.Tests.FrontEnd;

/// <summary>A notebook in the classic Jupyter page, used as a person uses it.</summary>
internal sealed class NotebookPage(IPage page)
{
    /// <summary>The page as the browser has it.</summary>
    public IPage Page => page;

    /// <summary>A code cell.</summary>
    public ILocator Cell(int number) => page.Locator(".code_cell").Nth(number);

    /// <summary>What is below a cell.</summary>
    public ILocator Output(int number) => Cell(number).Locator(".output_wrapper");

    /// <summary>Opens a notebook and waits for its kernel.</summary>
    public async Task OpenAsync(string address)
    {
        await page.GotoAsync(address);
        await UntilIdleAsync();
    }

    /// <summary>Runs all cells, by the menu.</summary>
    public async Task RunAllAsync()
    {
        await page.Locator("#menus").GetByText("Cell", new() { Exact = true }).ClickAsync();
        await page.Locator("#run_all_cells").ClickAsync();
    }

    /// <summary>Runs one cell and leaves the page to go on.</summary>
    public async Task RunAsync(int number)
    {
        await Cell(number).Locator(".input_area").ClickAsync();
        await page.Keyboard.PressAsync("Control+Enter");
    }

    /// <summary>Writes a cell's code anew.</summary>
    public async Task WriteAsync(int number, string code)
    {
        await Cell(number).Locator(".input_area").ClickAsync();
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.InsertTextAsync(code);
    }

    /// <summary>Presses the button with the square.</summary>
    public Task InterruptAsync() => page.Locator("button[data-jupyter-action='jupyter-notebook:interrupt-kernel']").ClickAsync();

    /// <summary>Presses the button with the arrow and agrees.</summary>
    public async Task RestartAsync()
    {
        await page.Locator("button[data-jupyter-action='jupyter-notebook:confirm-restart-kernel']").ClickAsync();
        await page.Locator(".modal-dialog .btn-danger").ClickAsync();
        await page.Locator(".modal-dialog").WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await UntilIdleAsync();
    }

    /// <summary>Waits until the kernel has nothing to do.</summary>
    public Task UntilIdleAsync() => page.Locator("#kernel_indicator_icon.kernel_idle_icon").WaitForAsync();

    /// <summary>Waits until a cell has been executed.</summary>
    public async Task UntilDoneAsync(int number)
    {
        while (!await IsDoneAsync(number))
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Whether a cell has been executed.</summary>
    public async Task<bool> IsDoneAsync(int number) => await ExecutionCountAsync(number) is not null;

    /// <summary>The number beside a cell that has been executed; null beside others.</summary>
    public async Task<int?> ExecutionCountAsync(int number)
    {
        var prompt = await Cell(number).Locator(".input_prompt").InnerTextAsync();
        return int.TryParse(prompt.Split('[', ']').ElementAtOrDefault(1), out var count) ? count : null;
    }
}
